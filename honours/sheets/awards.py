"""荣誉名册, in and out: titles that were given, their recipients found in the register."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core import masking
from core.rules import certificates
from core.services import records
from core.sheets import (
    Column,
    Context,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    Lookup,
    LookupWidget,
    Row,
    Sheet,
    Written,
    register,
)
from honours.models import Award, Title
from honours.services import awards
from members.models import Employer, Person
from members.rules import credit_codes
from members.sheets.widgets import RuleWidget, parse_date

RECIPIENTS = {
    "number": (Title.Recipient.PERSON,),
    "credit_code": (Title.Recipient.EMPLOYER,),
    "union": (Title.Recipient.UNION, Title.Recipient.PLACE),
}
KEY = ("title", "granted_on", "organisation", "recipient_name", "serial")


@register
class AwardSheet(Sheet):
    """荣誉名册: one row is one title of one recipient, given on a day."""

    organisation = Column(
        "推荐工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["所属工会", "工会", "工会编码"],
        examples=["JC01-01", "JC01-01"],
    )
    title = Column(
        "荣誉称号",
        "title",
        required=True,
        widget=LookupWidget("title", "荣誉称号"),
        width=24,
        synonyms=["称号", "荣誉", "荣誉名称", "奖项"],
        examples=["市五一劳动奖章", "市五一劳动奖状"],
    )
    recipient_name = Column(
        "获得者",
        "recipient_name",
        required=True,
        max_length=120,
        personal=masking.name,
        width=24,
        help_text="个人姓名，或单位、工会、班组、作品名称",
        synonyms=["姓名", "获奖者", "获奖单位", "名称"],
        examples=["李梅", "江城市第一机械有限责任公司"],
    )
    number = Column(
        "会员证件号码",
        "person__certificate_number",
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        help_text="获得者是会员的填写，用于核对身份和落实待遇",
        synonyms=["证件号码", "身份证号", "身份证号码"],
        examples=["", ""],
    )
    credit_code = Column(
        "统一社会信用代码",
        "employer__credit_code",
        identifier=True,
        width=22,
        widget=RuleWidget(credit_codes.credit_code, of="employer"),
        help_text="获得者是用人单位的填写",
        synonyms=["信用代码", "单位代码"],
        examples=["", ""],
    )
    union = Column(
        "获得荣誉的工会",
        "union",
        widget=LookupWidget("organisation", "工会", shown="code"),
        help_text="获得者是工会组织或镇街的，填写其编码",
        synonyms=["获奖工会"],
        examples=["", ""],
    )
    unit_name = Column(
        "所在单位",
        "unit_name",
        max_length=120,
        width=24,
        synonyms=["工作单位", "单位"],
        examples=["江城市第一机械有限责任公司", ""],
    )
    granted_on = Column(
        "授予日期",
        "granted_on",
        required=True,
        widget=DateWidget(parse_date, latest=timezone.localdate),
        synonyms=["表彰日期", "授予时间", "获奖时间"],
        examples=["2021-04-28", "2021-04-28"],
    )
    granting_body = Column(
        "授予机关",
        "granting_body",
        max_length=80,
        help_text="不填为该称号的授予机关",
        synonyms=["颁奖单位", "表彰机关"],
        examples=["", "市总工会"],
    )
    document_number = Column(
        "表彰文号",
        "document_number",
        max_length=60,
        width=20,
        synonyms=["文号", "文件号"],
        examples=["江工发〔2021〕18号", "江工发〔2021〕18号"],
    )
    certificate_number = Column(
        "证书编号",
        "certificate_number",
        max_length=40,
        identifier=True,
        synonyms=["证书号"],
        examples=["20210018", "20210019"],
    )
    edition = Column(
        "届次",
        "edition",
        widget=IntegerWidget(minimum=1, maximum=200),
        help_text="如第 15 届填 15",
        examples=["", ""],
    )
    serial = Column(
        "同名序号",
        "serial",
        widget=IntegerWidget(minimum=1, maximum=99),
        help_text="同日、同一工会、同名的几人，依次填 1、2",
        examples=["", ""],
    )

    FIELDS = (
        *("organisation", "title", "recipient_name", "union", "unit_name", "granted_on"),
        *("granting_body", "document_number", "certificate_number", "edition", "serial"),
    )
    WRITTEN = (*FIELDS, "person", "employer")

    class Meta:
        name = "honours_awards"
        label = "荣誉名册"
        model = Award
        permission = "honours.add_award"
        export_permission = "honours.export_award"
        purpose = "荣誉表彰的登记、管理与待遇落实"
        import_id_fields = KEY
        described_by = ("recipient_name", "title", "granted_on")
        notes = (
            "个人荣誉凭会员证件号码关联会员，姓名须一致；单位凭统一社会信用代码，工会凭工会编码。",
            "同一获得者当日的同一荣誉只登记一次，重复导入不会重复登记。",
        )

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()
        more = ["level", "recipient", "granting_body", "term_years", "kind"]
        context.lookups["title"] = Lookup(
            Title.objects.all(), code="code", names=["name"], more=["name", *more]
        )

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            title = row.get("title")
            for name, recipients in RECIPIENTS.items():
                if title and row.get(name) and title.recipient not in recipients:
                    row.refuse(
                        "wrong_recipient",
                        f"“{title.name}”授予{title.get_recipient_display()}，此项请留空。",
                        column=name,
                    )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        required = [row.get(name) for name in KEY[:4]]
        return None if None in required else [*required, row.get("serial") or 1]

    def match(self, rows: Sequence[Row], context: Context) -> None:
        context.data["persons"] = _persons(rows, context)
        context.data["employers"] = _employers(rows, context)
        stored = self._joined(Award.objects).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            granted_on__in={row.get("granted_on") for row in rows},
        )
        known = {_key(each.title_id, each): each for each in stored}
        for row in rows:
            key = (
                row.get("title").pk,
                row.get("granted_on"),
                row.get("organisation").pk,
                row.get("recipient_name"),
                row.get("serial") or 1,
            )
            row.instance = known.get(key)
            if row.get("number") and row not in context.data["persons"]:
                row.refuse(
                    "unknown_person",
                    "在办理范围内没有证件号码为“{value}”、姓名与“获得者”一致的会员，"
                    "请核对；获得者不是会员的，不填此项。",
                    column="number",
                )
            if row.get("credit_code") and row not in context.data["employers"]:
                row.refuse(
                    "unknown_employer",
                    "在办理范围内没有统一社会信用代码为“{value}”的单位，请核对，或先登记单位。",
                    column="credit_code",
                )

    @staticmethod
    def _joined(rows: QuerySet) -> QuerySet:
        return rows.select_related("organisation", "title", "union", "person", "employer")

    def _filled(self, row: Row, award: Award, context: Context) -> Award:
        if row in context.data["persons"]:
            award.person = context.data["persons"][row]
        if row in context.data["employers"]:
            award.employer = context.data["employers"][row]
        return award

    def write(self, rows: Sequence[Row], context: Context) -> None:
        fresh, known = [], []
        for row in rows:
            if award := row.instance:
                row.assign(award, self.FIELDS)
                known.append(self._filled(row, award, context))
            else:
                award = self._filled(row, Award(**row.given(Award, self.FIELDS)), context)
                fresh.append((row, awards.complete(award)))
        made = awards.give_many([award for _, award in fresh], by=context.by)
        for (row, _), award in zip(fresh, made, strict=True):
            row.object_id = str(award.pk)
        records.save_many(known, fields=self.WRITTEN, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return self._joined(records)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        given = [row.instance for row in rows]
        records.remove_many(given, by=context.by, action="honours.award.withdraw")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        records.save_many([row.instance for row in rows], fields=self.WRITTEN, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self._joined(super().rows(context))


def _key(title: int, award: Award) -> tuple:
    return (
        title,
        award.granted_on,
        award.organisation_id,
        award.recipient_name,
        award.serial,
    )


def _persons(rows: Sequence[Row], context: Context) -> dict[Row, Person]:
    """The member whom each row names by number; the name must be his."""
    index = Person._meta.get_field("certificate_index").index
    asked: dict[bytes, list[Row]] = {}
    for row in rows:
        if number := row.get("number"):
            text = certificates.comparable_number(number)
            for kind in Person.CertificateType.values:
                asked.setdefault(index(f"{kind}:{text}"), []).append(row)
    seen = context.visible(Person, "honours.add_award")
    return {
        row: person
        for person in seen.filter(certificate_index__in=list(asked))
        for row in asked[bytes(person.certificate_index)]
        if person.name == row.get("recipient_name")
    }


def _employers(rows: Sequence[Row], context: Context) -> dict[Row, Employer]:
    asked = {row.get("credit_code"): None for row in rows if row.get("credit_code")}
    seen = context.visible(Employer, "honours.add_award").filter(credit_code__in=list(asked))
    known = {employer.credit_code: employer for employer in seen}
    return {row: known[row.get("credit_code")] for row in rows if row.get("credit_code") in known}
