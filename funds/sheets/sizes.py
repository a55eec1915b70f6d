"""企业规模年报: the figures by which employers are sized, a table for each year."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from core.services import records
from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    IntegerWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import SizeReturn
from funds.rules import sizes
from members.models import Employer
from members.rules import credit_codes
from members.sheets.widgets import RuleWidget

# How statistics offices call some trades.
TRADE_SPELLINGS = {
    "制造业": "industry",
    "采矿业": "industry",
    "农林牧渔业": "agriculture",
    "软件业": "software",
    "房地产业": "real_estate",
    "物业管理业": "property",
    "其他": "other",
}


@register
class SizeReturnSheet(Sheet):
    """企业规模年报: one row is one employer in one year."""

    credit_code = Column(
        "统一社会信用代码",
        "employer__credit_code",
        required=True,
        identifier=True,
        width=22,
        widget=RuleWidget(credit_codes.credit_code, of="employer"),
        synonyms=["信用代码", "社会信用代码", "纳税人识别号", "单位代码"],
        examples=["91330600MA0000015N", "91350100M000100Y43"],
    )
    name = Column("单位名称", "employer__name", export_only=True, width=30)
    year = Column(
        "年度",
        "year",
        required=True,
        widget=IntegerWidget(minimum=2000, maximum=2100),
        synonyms=["年份", "所属年度"],
        examples=["2023", "2023"],
    )
    trade = Column(
        "划型行业",
        "trade",
        required=True,
        widget=ChoiceWidget(dict(sizes.CHOICES), synonyms=TRADE_SPELLINGS),
        width=22,
        synonyms=["行业", "所属行业", "行业名称"],
        examples=["工业", "租赁和商务服务业"],
    )
    employees = Column(
        "从业人员",
        "employees",
        required=True,
        widget=IntegerWidget(unit="人"),
        help_text="人",
        synonyms=["从业人员（人）", "从业人数", "年末从业人员", "职工人数"],
        examples=["86", "9"],
    )
    revenue = Column(
        "营业收入",
        "revenue",
        widget=MoneyWidget(),
        help_text="元",
        synonyms=["营业收入（元）", "年营业收入"],
        examples=["12000000.00", ""],
    )
    assets = Column(
        "资产总额",
        "assets",
        widget=MoneyWidget(),
        help_text="元",
        synonyms=["资产总额（元）", "资产总计"],
        examples=["", "900000.00"],
    )
    size = Column("企业规模", "size", export_only=True, choices=dict(Employer.Size.choices))

    FIELDS = ("year", "trade", "employees", "revenue", "assets")

    class Meta:
        name = "size_returns"
        label = "企业规模年报"
        model = SizeReturn
        permission = "funds.add_sizereturn"
        export_permission = "funds.export_sizereturn"
        purpose = "认定小微企业经费返还资格"
        import_id_fields = ("credit_code", "year")
        described_by = ("credit_code", "year")
        notes = (
            "规模按《中小企业划型标准规定》（工信部联企业〔2011〕300号）由系统划定，不需填写。",
            "营业收入、资产总额以元为单位，只填该行业划型所用的指标。",
        )

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            trade = row.get("trade")
            for name in sizes.missing(trade, row.values) if trade else ():
                row.refuse(
                    "required",
                    f"{sizes.TRADES[trade].label}按{sizes.LABELS[name]}划型，请填写。",
                    column=name,
                )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        code, year = row.get("credit_code"), row.get("year")
        return [code, year] if code and year else None

    def match(self, rows: Sequence[Row], context: Context) -> None:
        codes = {row.get("credit_code") for row in rows}
        mine = context.visible(Employer, self.permission).filter(credit_code__in=codes)
        employers = {one.credit_code: one for one in mine.select_related("organisation")}
        stored = SizeReturn.objects.filter(employer__in=[one.pk for one in employers.values()])
        known = {(one.employer_id, one.year): one for one in self.recall(stored)}
        for row in rows:
            employer = employers.get(row.get("credit_code"))
            if employer is None:
                row.refuse(
                    "unknown_employer",
                    "没有找到统一社会信用代码为“{value}”的用人单位，请核对，或先登记该单位。",
                    column="credit_code",
                )
            else:
                row.instance = known.get((employer.pk, row.get("year")))
        context.data["employers"] = employers

    def write(self, rows: Sequence[Row], context: Context) -> None:
        new, old = [], []
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
                old.append(row.instance)
                continue
            employer = context.data["employers"][row.get("credit_code")]
            made = row.draft(
                SizeReturn, self.FIELDS, employer=employer, organisation=employer.organisation
            )
            new.append((row, made))
        records.add_many([made for _, made in new], by=context.by)
        for row, made in new:
            row.object_id = str(made.pk)
        records.save_many(old, fields=(*self.FIELDS, "size"), by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "employer")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        returns = [row.instance for row in rows]
        records.remove_many(returns, by=context.by, action="funds.sizereturn.withdraw")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        returns = [row.instance for row in rows]
        records.save_many(returns, fields=(*self.FIELDS, "size"), by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context))
