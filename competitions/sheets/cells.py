"""Cells that tables of competitions have in common: the competition, the unit, the member."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from competitions.models import Competition
from core import masking
from core.rules import certificates
from core.sheets import Column, Context, IdentifierWidget, IntegerWidget, Row
from members.models import Coverage, Employer, Membership, Person
from members.rules import credit_codes
from members.sheets.widgets import RuleWidget

FIRM = "91330600MA0000015N"


def year(attribute: str, examples: Sequence[str] = ()) -> Column:
    return Column(
        "年度",
        attribute,
        required=True,
        widget=IntegerWidget(minimum=2000, maximum=2100, unit="年"),
        help_text="竞赛计划的年度",
        synonyms=["竞赛年度", "计划年度"],
        examples=examples or [str(timezone.localdate().year)] * 2,
    )


def competition(attribute: str, examples: Sequence[str]) -> Column:
    return Column(
        "竞赛",
        attribute,
        required=True,
        max_length=120,
        width=28,
        synonyms=["竞赛名称", "竞赛项目"],
        examples=list(examples),
    )


def credit_code(examples: Sequence[str] = (FIRM, FIRM), *, required: bool = True) -> Column:
    return Column(
        "统一社会信用代码",
        "employer__credit_code",
        required=required,
        identifier=True,
        width=22,
        widget=RuleWidget(credit_codes.credit_code, of="employer"),
        synonyms=["信用代码", "社会信用代码", "单位代码"],
        examples=list(examples),
    )


def number(attribute: str, examples: Sequence[str], *, required: bool = True) -> Column:
    return Column(
        "证件号码",
        attribute,
        required=required,
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        help_text="本会会员的证件号码",
        synonyms=["身份证号", "身份证号码", "会员证件号码"],
        examples=list(examples),
    )


def name() -> Column:
    return Column(
        "姓名",
        "person__name",
        required=True,
        personal=masking.name,
        max_length=50,
        help_text="须与会员名册一致，用于核对证件号码",
        synonyms=["职工姓名", "学员姓名", "参训人员"],
        examples=["王建国", "李梅"],
    )


def offered(rows: Iterable[Row], context: Context) -> dict[tuple[str, int], Competition]:
    """The competitions that the rows name by name and year, as far as they reach the uploader."""
    paths = context.by.paths_with(context.sheet.permission)
    found = Competition.objects.offered_to(paths).filter(
        name__in={row.get("competition") for row in rows},
        programme__year__in={row.get("year") for row in rows},
    )
    found = found.select_related("programme", "organisation")
    return {(one.name, one.programme.year): one for one in found}


def refuse_unknown_competition(row: Row) -> None:
    row.refuse(
        "unknown_competition",
        "没有面向本工会、该年度名为“{value}”的竞赛，请核对竞赛名称和年度。",
        column="competition",
    )


def covered(rows: Iterable[Row], context: Context) -> dict[str, Coverage]:
    """By credit code: the coverage in force of the employers that the rows name."""
    mine = context.visible(Coverage, context.sheet.permission).in_force(timezone.localdate())
    codes = {row.get("credit_code") for row in rows} - {None}
    found = mine.filter(employer__credit_code__in=codes).select_related("employer", "organisation")
    return {one.employer.credit_code: one for one in found}


def refuse_unknown_unit(row: Row) -> None:
    row.refuse(
        "unknown_employer",
        "本会没有覆盖统一社会信用代码为“{value}”的单位，请核对。",
        column="credit_code",
    )


def members(rows: Iterable[Row], context: Context, column: str = "number") -> dict[Row, Membership]:
    """The current member in scope whom each row names by number."""
    index = Person._meta.get_field("certificate_index").index
    asked: dict[bytes, list[Row]] = {}
    for row in rows:
        if text := row.get(column):
            bare = certificates.comparable_number(text)
            for kind in Person.CertificateType.values:
                asked.setdefault(index(f"{kind}:{bare}"), []).append(row)
    mine = context.visible(Membership, context.sheet.permission).current()
    found = mine.filter(person__certificate_index__in=list(asked))
    return {
        row: one
        for one in found.select_related("person", "organisation", "employer")
        for row in asked[bytes(one.person.certificate_index)]
    }


def refuse_unknown_member(row: Row, column: str = "number") -> None:
    row.refuse("unknown_member", "本会在册会员中没有证件号码“{value}”，请核对。", column=column)


def named(rows: Sequence[Row], context: Context, column: str) -> dict[Row, Membership]:
    """The same, of rows that have the name too: who is unknown or called otherwise is refused."""
    found = members(rows, context, column)
    for row in rows:
        if row not in found:
            refuse_unknown_member(row, column)
        elif found[row].person.name != row.get("name"):
            del found[row]
            row.refuse(
                "other_name", "该证件号码的会员不叫“{value}”，请核对姓名和号码。", column="name"
            )
    return found


def only_unit(union: int) -> Employer | None:
    """The one employer that a union covers today, or None."""
    covered = Coverage.objects.in_force(timezone.localdate()).filter(organisation=union)
    found = list(covered.select_related("employer")[:2])
    return found[0].employer if len(found) == 1 else None
