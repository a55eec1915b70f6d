"""Certificates of persons: the resident number and what stands in its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from stdnum.cn import ric

from core import masking
from core.rules import Checked, Invalid, Remark
from core.rules.text import normalise_code, refuse_scientific

Sex = Literal["male", "female"]

# The first two digits of GB/T 2260. Only these are checked: a number keeps the region of its first
# registration for life, so the codes of abolished counties stay right.
PROVINCES: Mapping[str, str] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古",
    "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西",
    "37": "山东",
    "41": "河南", "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南",
    "50": "重庆", "51": "四川", "52": "贵州", "53": "云南", "54": "西藏",
    "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆",
    "71": "台湾", "81": "香港", "82": "澳门", "83": "台湾",
}  # fmt: skip

# What residence permits of 港澳台 residents begin with (81, 82, 83 + 0000).
PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})

EARLIEST_BIRTH = date(1900, 1, 1)


@dataclass(slots=True)
class PersonNumber(Checked):
    """A certificate number together with what it says about its holder.

    Both are None where the number does not say it (passport, older permanent residence card).
    """

    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None


def resident_number(text: str, *, on: date) -> PersonNumber:
    """The resident number in `text`, checked as of the day `on`. GB 11643-1999.

    Accepts the numbers of residence permits too (81, 82, 83): they are built alike.
    """
    value = _eighteen(text, "身份证号码")
    if value[:2] not in PROVINCES:
        raise Invalid(
            "resident_number_region",
            f"身份证号码“{masking.number(value)}”前两位不是省级区划代码，请对照身份证核对。",
        )
    return _built_like_resident_number(text, value, "身份证号码", on)


def permit_number(text: str, *, on: date) -> PersonNumber:
    """The number of a residence permit for Hong Kong, Macao and Taiwan residents."""
    value = _eighteen(text, "居住证号码")
    if value[:6] not in PERMIT_REGIONS:
        raise Invalid(
            "permit_number_region",
            f"居住证号码“{masking.number(value)}”应以 810000、820000 或 830000 开头，"
            "请核对证件类型。",
        )
    return _built_like_resident_number(text, value, "居住证号码", on)


def foreigner_number(text: str, *, on: date) -> PersonNumber:
    """The number of a foreigner's permanent residence card.

    Since 2023: 18 characters that begin with 9. Before: three letters and twelve digits, which
    hold no check character.
    """
    value = normalise_code(text)
    if re.fullmatch(r"[A-Z]{3}\d{12}", value):
        return PersonNumber(value, value != text)
    value = _eighteen(text, "永久居留身份证号码")
    if value[0] != "9":
        raise Invalid(
            "foreigner_number_start",
            f"永久居留身份证号码“{masking.number(value)}”应以 9 开头，请核对证件类型。",
        )
    return _built_like_resident_number(text, value, "永久居留身份证号码", on)


def passport_number(text: str) -> PersonNumber:
    """A passport number. There is no checksum; only its shape is looked at."""
    value = normalise_code(text)
    if not re.fullmatch(r"[A-Z0-9]{5,20}", value):
        raise Invalid("passport_number_form", "护照号码应为 5 至 20 位字母或数字，请对照护照核对。")
    return PersonNumber(value, value != text)


CertificateKind = Literal["resident", "permit", "foreigner", "passport"]


def certificate_number(kind: CertificateKind, text: str, *, on: date) -> PersonNumber:
    """The number of a certificate of that kind, checked as of the day `on`."""
    match kind:
        case "resident":
            return resident_number(text, on=on)
        case "permit":
            return permit_number(text, on=on)
        case "foreigner":
            return foreigner_number(text, on=on)
        case "passport":
            return passport_number(text)
    raise LookupError(f"No such kind of certificate: {kind}")


def agree_with_number(number: PersonNumber, *, sex: Sex | None, birth_date: date | None) -> None:
    """Refuse a sex or birth date, typed beside a number, that the number contradicts.

    What was not typed, and what the number does not say, is not compared.
    """
    if sex and number.sex and sex != number.sex:
        shown = "男" if number.sex == "male" else "女"
        raise Invalid("sex_mismatch", f"性别与证件号码不一致，证件号码为{shown}，请核对。")
    if birth_date and number.birth_date and birth_date != number.birth_date:
        raise Invalid("birth_date_mismatch", "出生日期与证件号码中的不一致，请对照证件核对。")


_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")


def _eighteen(text: str, what: str) -> str:
    """The 18 characters of a number built like a resident number, only its shape checked."""
    if _EIGHTEEN.fullmatch(text):  # as most are written
        return text
    value = _LIKE_X.sub("X", normalise_code(text))
    refuse_scientific(value)
    if re.fullmatch(r"[0-9]{15}", value):
        raise Invalid(
            "resident_number_legacy",
            f"{what}“{masking.number(value)}”为 15 位旧号码，已停止使用，请填写 18 位号码。",
            suggestion=modern_number(value),
        )
    if len(value) != 18:
        # An X at the end that somebody took for a mark: one number in eleven has one.
        lost_x = re.fullmatch(r"[0-9]{17}", value) and ric.calc_check_digit(f"{value}X") == "X"
        raise Invalid(
            "resident_number_length",
            f"{what}应为 18 位，现为 {len(value)} 位，请对照证件核对。",
            suggestion=f"{value}X" if lost_x else "",
        )
    if not _EIGHTEEN.fullmatch(value):
        raise Invalid(
            "resident_number_form",
            f"{what}“{masking.number(value)}”前 17 位应为数字，末位应为数字或 X，请对照证件核对。",
        )
    return value


_SEXES: Mapping[str, Sex] = dict(zip("0123456789", ["female", "male"] * 5, strict=True))
# What is typed or scanned instead of the X at the end.
_LIKE_X = re.compile(r"(?<=^[0-9]{17})[×✕ΧХ]$")


def modern_number(text: str) -> str:
    """The 18 characters of a resident number of 15 digits, or "" if it cannot have been one.

    The century is 19, as all of them were given out before 2000. GB 11643-1999, annex.
    """
    value = normalise_code(text)
    if not re.fullmatch(r"[0-9]{15}", value):
        return ""
    long = f"{value[:6]}19{value[6:]}"
    try:
        ric.get_birth_date(f"{long}X")
    except ValueError:
        return ""
    return long + ric.calc_check_digit(f"{long}X")


def comparable_number(text: str) -> str:
    """A certificate number in the form by which two spellings of one are told to be the same."""
    if _EIGHTEEN.fullmatch(text):
        return text
    value = _LIKE_X.sub("X", normalise_code(text))
    return modern_number(value) or value


def _built_like_resident_number(text: str, value: str, what: str, on: date) -> PersonNumber:
    try:
        birth = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError as error:
        raise Invalid(
            "resident_number_date",
            f"{what}“{masking.number(value)}”中的出生日期不存在，请对照证件核对。",
        ) from error
    expected = ric.calc_check_digit(value)
    if EARLIEST_BIRTH <= birth <= on and value[-1] == expected and not value.endswith("000"):
        return PersonNumber(value, value != text, birth_date=birth, sex=_SEXES[value[16]])
    shown = masking.number(value)
    if birth < EARLIEST_BIRTH:
        raise Invalid(
            "resident_number_date", f"{what}“{shown}”中的出生日期早于 1900 年，请对照证件核对。"
        )
    if birth > on:
        raise Invalid(
            "resident_number_future", f"{what}“{shown}”中的出生日期晚于今天，请对照证件核对。"
        )
    if value[-1] != expected:
        # Excel keeps fifteen digits of a number and writes zeros for the rest.
        if value.endswith("000"):
            raise Invalid(
                "number_rounded",
                f"{what}“{shown}”末三位变成了 000，多为表格按数值保存所致，"
                "请把该列设为文本格式后重新填写。",
            )
        raise Invalid(
            "resident_number_check",
            f"{what}“{shown}”末位校验不符，请对照证件核对。",
            suggestion=value[:-1] + expected,
        )
    perhaps_rounded = Remark(  # one rounded number in eleven passes the check
        "number_perhaps_rounded",
        f"{what}“{shown}”末三位为 000，可能是表格按数值保存所致，请对照证件核对。",
    )
    return PersonNumber(
        value, value != text, (perhaps_rounded,), birth_date=birth, sex=_SEXES[value[16]]
    )
