"""Cells and columns that several sheets of hardship have in common."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils import timezone

from core import masking
from core.rules import Invalid, certificates
from core.sheets import (
    BooleanWidget,
    CellError,
    ChoiceWidget,
    Column,
    IdentifierWidget,
    Lookup,
    LookupWidget,
    MoneyWidget,
    Nearest,
    Row,
)
from funds.models import FundSource
from hardship.models import FamilyMember
from hardship.models.households import Cause
from members.models import Person
from members.rules import contacts, names
from members.sheets import spellings
from members.sheets.widgets import PhoneWidget, RuleWidget, day

PARTS = "、，,；;/ "  # what people put between several values of one cell


def parts_of(text: str) -> list[str]:
    """The single values of a cell that holds several."""
    for mark in PARTS[1:]:
        text = text.replace(mark, PARTS[0])
    return [part for part in text.split(PARTS[0]) if part]


class CausesWidget(ChoiceWidget):
    """Several causes, as the list of their codes."""

    def __init__(self) -> None:
        super().__init__(dict(Cause.choices))
        self.labels = []  # a drop-down would offer one of them

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> list[str]:
        found = []
        for part in parts_of(str(value)):
            if part not in self._usual:
                raise CellError(
                    "unknown_choice",
                    f"“{{value}}”中的“{part}”不是致困原因（{'、'.join(Cause.labels)}）。",
                    suggestion=Nearest(Cause.labels).to(part),
                )
            found.append(self._usual[part])
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "、".join(Cause(code).label for code in value or ())


class Accounts(Lookup):
    """Accounts of the staff, of which one cell may name several."""

    def learn(self, texts: Any) -> None:
        super().learn({part for text in texts for part in parts_of(text)})

    def few(self, limit: int) -> list[Any]:
        """None to choose from: a list would offer one."""
        return []


class VisitorsWidget(LookupWidget):
    """Those who went, by login or by name: a tuple of accounts in the order of their keys."""

    def __init__(self) -> None:
        super().__init__("account", "账号", shown="username")

    def clean(self, value: str, row: Any = None, context: Any = None, **kwargs: Any) -> Any:
        find = partial(super().clean, context=context)
        return tuple(sorted({find(part) for part in parts_of(str(value))}, key=lambda one: one.pk))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "、".join(user.username for user in value or ())


def number(heading: str, attribute: str, *, examples: Sequence[str], **more: Any) -> Column:
    """The number of a certificate."""
    more.setdefault("required", True)
    return Column(
        heading,
        attribute,
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        examples=examples,
        **more,
    )


HEAD_SYNONYMS = [
    "户主身份证号",
    "户主身份证号码",
    "申请人证件号码",
    "申请人身份证号",
    "困难职工身份证号",
    "困难职工证件号码",
]
HEAD_EXAMPLES = ["330600196503071297", "330600196503071297"]
OWN_SYNONYMS = ["身份证号", "身份证号码", "公民身份号码", "证件号", "身份证件号码", "本人身份证号"]


def head(attribute: str, examples: Sequence[str] = HEAD_EXAMPLES) -> Column:
    """By whose number a row finds its file."""
    return number(
        "户主证件号码",
        attribute,
        help_text="困难职工档案中申请人（本人）的证件号码",
        synonyms=HEAD_SYNONYMS,
        examples=examples,
    )


def certificate_type(attribute: str) -> Column:
    return Column(
        "证件类型",
        attribute,
        widget=ChoiceWidget(dict(Person.CertificateType.choices), synonyms=spellings.CERTIFICATE),
        help_text="不填为居民身份证",
        synonyms=["证件种类", "证件名称", "身份证件类型"],
        examples=["居民身份证", "居民身份证"],
    )


def name(attribute: str, examples: Sequence[str]) -> Column:
    return Column(
        "姓名",
        attribute,
        required=True,
        personal=masking.name,
        max_length=50,
        synonyms=["名字", "人员姓名", "困难职工姓名", "申请人姓名", "申请人"],
        examples=examples,
    )


def sex(attribute: str) -> Column:
    return Column(
        "性别",
        attribute,
        widget=ChoiceWidget(dict(Person.Sex.choices), synonyms=spellings.SEX),
        help_text="居民身份证号已含性别，可不填",
        synonyms=["男女"],
        examples=["", ""],
    )


def birth_date(attribute: str) -> Column:
    return Column(
        "出生日期",
        attribute,
        widget=day(),
        help_text="居民身份证号已含出生日期，可不填",
        synonyms=["出生年月日", "生日", "出生时间"],
        examples=["", ""],
    )


EMPLOYMENT = {
    "在职": "working",
    "在业": "working",
    "下岗": "waiting",
    "待岗": "waiting",
    "下岗待岗": "waiting",
    "失业": "unemployed",
    "无业": "unemployed",
    "退休人员": "retired",
    "在校": "student",
    "学生": "student",
    "学龄前": "child",
    "丧失劳动能力": "unable",
}


def employment(attribute: str, examples: Sequence[str]) -> Column:
    return Column(
        "人员状况",
        attribute,
        required=True,
        widget=ChoiceWidget(dict(FamilyMember.Employment.choices), synonyms=EMPLOYMENT),
        synonyms=["工作状态", "就业状况", "就业状态", "健康及就业状况"],
        examples=examples,
    )


def text(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    """Free text of at most a line."""
    more.setdefault("max_length", 80)
    return Column(heading, attribute, width=20, examples=examples, **more)


def private(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    """Free text that no message repeats: illness, disability, school."""
    return text(heading, attribute, examples, personal=masking.text, **{"max_length": 200} | more)


def choice(
    heading: str, attribute: str, choices: Any, examples: Sequence[str], **more: Any
) -> Column:
    return Column(heading, attribute, choices=dict(choices), examples=examples, **more)


def date(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    return Column(heading, attribute, widget=day(), examples=examples, **more)


def yes(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    return Column(heading, attribute, widget=BooleanWidget(), examples=examples, **more)


def money(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    widget = more.pop("widget", None) or MoneyWidget()
    return Column(heading, attribute, widget=widget, examples=examples, **more)


SOURCES = {
    "中央财政专项帮扶资金": "central",
    "中央帮扶资金": "central",
    "省级帮扶资金": "provincial",
    "市级帮扶资金": "municipal",
    "区县帮扶资金": "county",
    "区县财政": "county",
    "省总专项补助": "province_aid",
    "市总配套补助": "city_match",
    "工会": "union",
    "捐助": "donation",
    "捐款": "donation",
}


def source(examples: Sequence[str]) -> Column:
    """Whose money a grant is."""
    return Column(
        "资金来源",
        "source",
        required=True,
        widget=ChoiceWidget(dict(FundSource.choices), synonyms=SOURCES),
        examples=examples,
    )


def beneficiary(attribute: str, examples: Sequence[str]) -> Column:
    """Who of a household gets a grant."""
    return number(
        "受助人证件号码",
        attribute,
        required=False,
        help_text="不填为申请人本人",
        synonyms=["受助人身份证号", "受助人身份证号码"],
        examples=examples,
    )


def phone(attribute: str, examples: Sequence[str]) -> Column:
    return Column(
        "手机号",
        attribute,
        identifier=True,
        personal=masking.phone,
        widget=PhoneWidget(),
        synonyms=["手机", "手机号码", "移动电话", "联系电话", "联系方式", "电话", "电话号码"],
        examples=examples,
    )


def account(attribute: str, examples: Sequence[str]) -> Column:
    return Column(
        "银行账号",
        attribute,
        identifier=True,
        personal=masking.account,
        width=24,
        widget=RuleWidget(contacts.bank_account, personal=True),
        synonyms=["账号", "银行卡号", "卡号", "收款账号"],
        examples=examples,
    )


def check_person(
    row: Row, *, name: str = "name", number: str = "number", kind: str = "certificate_type"
) -> None:
    """Bring name and number of a row into their one form; take from the number what it says."""
    values = row.values
    sort = values.setdefault(kind, Person.CertificateType.RESIDENT.value)
    if written := values.get(name):
        try:
            values[name] = names.person_name(
                written, foreign=sort in {"foreigner", "passport"}
            ).value
        except Invalid as error:
            row.refuse(error.code, error.message, column=name)
    if (text := values.get(number)) is None:
        return
    try:
        checked = certificates.certificate_number(sort, text, on=timezone.localdate())
        certificates.agree_with_number(
            checked, sex=values.get("sex"), birth_date=values.get("birth_date")
        )
    except Invalid as error:
        row.refuse(error.code, error.message, column=number, suggestion=error.suggestion or None)
        return
    values[number] = checked.value
    if checked.mended:
        row.remark("mended", "证件号码已统一为规范写法。", column=number)
    for said, known in (("sex", checked.sex), ("birth_date", checked.birth_date)):
        if known:
            values[said] = known


def comparable(row: Row, *names: str) -> list[Any] | None:
    """The named values as a key, numbers in whatever spelling; None if one is missing."""
    found = []
    for one in names:
        if (value := row.get(one)) is None:
            return None
        found.append(certificates.comparable_number(value) if isinstance(value, str) else value)
    return found
