"""资金收支, in and out."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from core import masking
from core.rules import certificates
from core.services import records
from core.sheets import (
    BooleanWidget,
    ChoiceWidget,
    Column,
    Context,
    IdentifierWidget,
    LookupWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import FundEntry, FundSource
from funds.sheets import cells
from members.models import Person
from members.sheets.widgets import day

LEAST = Decimal("-999999999999.99")  # what came back is below zero
DIRECTIONS = {
    "筹资": "raise",
    "募集": "raise",
    "拨入": "receive",
    "拨出": "allocate",
    "发放": "spend",
}
CAMPAIGNS = {
    "两节送温暖": "warmth",
    "两节慰问": "warmth",
    "夏送清凉": "cool",
    "助学": "study",
    "防疫": "epidemic",
    "就地过年": "stay_local",
    "稳岗留工": "stay_local",
}
PURPOSES = {
    "助学": "study_job_aid",
    "主席津贴": "chair_allowance",
    "劳模体检费": "model_checkup",
    "专项补助资金": "special_subsidy",
    "走访慰问": "condolence",
}


@register
class FundEntrySheet(Sheet):
    """资金收支: one row is one amount that was raised, received, passed on or spent."""

    organisation = cells.organisation()
    direction = Column(
        "收支方向",
        "direction",
        required=True,
        widget=ChoiceWidget(dict(FundEntry.Direction.choices), synonyms=DIRECTIONS),
        synonyms=["方向", "收支", "类型"],
        examples=["筹集", "支出"],
    )
    campaign = Column(
        "活动",
        "campaign",
        widget=ChoiceWidget(dict(FundEntry.Campaign.choices), synonyms=CAMPAIGNS),
        help_text="不属于活动的不填",
        synonyms=["活动名称"],
        examples=["送清凉", ""],
    )
    purpose = Column(
        "用途",
        "purpose",
        required=True,
        widget=ChoiceWidget(dict(FundEntry.Purpose.choices), synonyms=PURPOSES),
        synonyms=["资金用途"],
        examples=["慰问", "非公企业工会主席津贴"],
    )
    source = Column(
        "资金来源",
        "source",
        required=True,
        widget=ChoiceWidget(dict(FundSource.choices)),
        synonyms=["来源"],
        examples=["社会捐助", "工会经费"],
    )
    amount = Column(
        "金额",
        "amount",
        required=True,
        widget=MoneyWidget(minimum=LEAST),
        help_text="元，资金退回的填负数",
        synonyms=["金额（元）"],
        examples=["50000.00", "2400.00"],
    )
    entry_on = Column(
        "日期",
        "entry_on",
        required=True,
        widget=day(),
        synonyms=["收支日期", "入账日期", "发生日期"],
        examples=["2021-07-06", "2021-12-10"],
    )
    counterparty = Column(
        "对方名称",
        "counterparty",
        required=True,
        personal=masking.name,
        max_length=120,
        width=24,
        help_text="付款或收款的单位、个人",
        synonyms=["对方单位", "收款人", "付款人", "姓名"],
        examples=["江城市慈善总会", "李梅"],
    )
    is_person = Column(
        "对方是个人",
        "is_person",
        widget=BooleanWidget(),
        synonyms=["是否个人"],
        examples=["否", "是"],
    )
    number = Column(
        "对方会员证件号码",
        "person__certificate_number",
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        help_text="对方是会员的填写，统计人数时只计一次",
        synonyms=["证件号码", "身份证号", "身份证号码"],
        examples=["", ""],
    )
    union = Column(
        "往来工会",
        "union",
        widget=LookupWidget("organisation", "工会", shown="code"),
        help_text="从哪个工会收到、拨付到哪个工会",
        synonyms=["对方工会"],
        examples=["", ""],
    )
    document_number = Column(
        "文号",
        "document_number",
        max_length=60,
        width=20,
        synonyms=["依据", "文件号"],
        examples=["", "江工发〔2021〕35号"],
    )
    serial = Column(
        "序号",
        "serial",
        max_length=20,
        help_text="其他各项都相同的几笔，用序号区分",
        examples=["", ""],
    )
    project = Column("项目", "project", max_length=60, synonyms=["项目名称"], examples=["", ""])
    note = Column("备注", "note", max_length=200, synonyms=["摘要", "说明"], examples=["", ""])

    FIELDS = (*FundEntry.KEY, "is_person", "union", "project", "note")

    class Meta:
        name = "fund_entries"
        label = "资金收支"
        model = FundEntry
        permission = "funds.add_fundentry"
        export_permission = "funds.export_fundentry"
        purpose = "登记和统计工会资金的筹集、收到、下拨和支出"
        import_id_fields = FundEntry.KEY
        described_by = ("entry_on", "direction", "amount")
        notes = (
            "收到上级拨来的记“收到”，拨给下级的记“下拨”，直接用于职工和活动的记“支出”。",
            "同一笔不重复登记；确有各项都相同的两笔，用序号区分。",
        )

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if row.get("number") and row.get("is_person") is False:
                row.refuse(
                    "not_a_person",
                    "填写了对方会员证件号码的，应为个人，请核对。",
                    column="is_person",
                )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        names = ("organisation", "direction", "purpose", "source", "amount", "entry_on")
        required = [row.get(name) for name in (*names, "counterparty")]
        if None in required:
            return None
        return [
            *required,
            *(row.get(name) or "" for name in ("campaign", "document_number", "serial")),
        ]

    def match(self, rows: Sequence[Row], context: Context) -> None:
        persons = context.data["persons"] = self._persons(rows, context)
        stored = self._joined(FundEntry.objects).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            entry_on__in={row.get("entry_on") for row in rows},
            amount__in={row.get("amount") for row in rows},
        )
        known = {tuple(getattr(each, name) for name in FundEntry.KEY): each for each in stored}
        for row in rows:
            row.instance = known.get(tuple(row.get(name) or "" for name in FundEntry.KEY))
            if row.get("number") and row not in persons:
                row.refuse(
                    "unknown_person",
                    "在办理范围内没有证件号码为“{value}”、姓名与“对方名称”一致的会员，"
                    "请核对；对方不是会员的，不填此项。",
                    column="number",
                )

    @staticmethod
    def _joined(entries: QuerySet) -> QuerySet:
        return entries.select_related("organisation", "union", "person")

    @staticmethod
    def _persons(rows: Sequence[Row], context: Context) -> dict[Row, Person]:
        """The member whom each row names by number; the name must be his."""
        index = Person._meta.get_field("certificate_index").index
        asked: dict[bytes, list[Row]] = {}
        for row in rows:
            if number := row.get("number"):
                text = certificates.comparable_number(number)
                for kind in Person.CertificateType.values:
                    asked.setdefault(index(f"{kind}:{text}"), []).append(row)
        seen = context.visible(Person, "funds.add_fundentry")
        return {
            row: person
            for person in seen.filter(certificate_index__in=list(asked))
            for row in asked[bytes(person.certificate_index)]
            if person.name == row.get("counterparty")
        }

    def write(self, rows: Sequence[Row], context: Context) -> None:
        persons = context.data["persons"]
        fresh, known = [], []
        for row in rows:
            if entry := row.instance:
                row.assign(entry, self.FIELDS)
                known.append(entry)
            else:
                entry = row.draft(FundEntry, self.FIELDS)
                fresh.append((row, entry))
            if row in persons:
                entry.person, entry.is_person = persons[row], True
        made = records.add_many([entry for _, entry in fresh], by=context.by)
        for (row, _), entry in zip(fresh, made, strict=True):
            row.object_id = str(entry.pk)
        names = (*self.FIELDS, "person")
        records.save_many(known, fields=names, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return self._joined(records)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        entries = [row.instance for row in rows]
        records.remove_many(entries, by=context.by, action="funds.fundentry.withdraw")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        names = (*self.FIELDS, "person")
        records.save_many([row.instance for row in rows], fields=names, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self._joined(super().rows(context))
