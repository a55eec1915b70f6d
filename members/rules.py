"""The arithmetic of the register: identifiers, names, dates, thresholds of the law, head counts.

Pure functions, no Django. What they refuse they refuse with `Invalid`; what is only odd comes back
as a `Remark`. No message holds a whole number of a person.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, NamedTuple

from stdnum import luhn
from stdnum.cn import ric, uscc

from core import masking


class Invalid(ValueError):
    """A value that a rule refuses.

    `code` is stable (snake case, never reused), `message` a Chinese sentence that says what is
    wrong and how to mend it, `suggestion` a value that was perhaps meant, or "". The suggestion is
    clear text: whoever shows it masks it.
    """

    def __init__(self, code: str, message: str, *, suggestion: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.suggestion = suggestion


class Remark(NamedTuple):
    """Something odd that does not stop a row: a stable code and a Chinese sentence."""

    code: str
    message: str


@dataclass(slots=True)  # not frozen: an import makes millions of them
class Checked:
    """A value in its one true form.

    `mended` says that the form differs from what was written (blanks, full-width characters, lower
    case); `remarks` are what somebody should look at. The representation leaves the value out,
    so that no log holds it.
    """

    value: str = field(repr=False)
    mended: bool = False
    remarks: tuple[Remark, ...] = ()


# Normalisation

# Full-width ASCII (！ to ～) lies at a fixed distance from ASCII.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Blanks and marks that are seen by nobody: zero-width characters, byte order mark, soft hyphen.
_UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])


def normalise_code(text: str) -> str:
    """An identifier without blanks, in half-width capitals: ` ３３０…x` becomes `330…X`."""
    return "".join(text.translate(_HALF_WIDTH).translate(_UNSEEN).split()).upper()


def _normalise_digits(text: str) -> str:
    """A number as people group it (blanks, dashes of every kind) without the grouping."""
    return re.sub(r"[-‐‑‒–—―−－]", "", normalise_code(text))


_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")


def _refuse_scientific(value: str) -> None:
    if _SCIENTIFIC.fullmatch(value):
        raise Invalid(
            "number_scientific",
            "号码变成了科学计数，后几位已丢失，请把该列设为文本格式后重新填写。",
        )


# Persons: resident number and other certificates

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
    _refuse_scientific(value)
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


def age(birth_date: date, on: date) -> int:
    """Full years (周岁) on the day `on`; who was born on 29 February turns older on 1 March."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


# Units: unified social credit code

_CODE_LETTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
# GB 32100-2015: the registering authority 8 is the trade unions', 81 a grassroots union.
UNION_CODE_STARTS = ("81", "89")


def credit_code(text: str, *, of: Literal["employer", "union"] | None = None) -> Checked:
    """The unified social credit code in `text`. GB 32100-2015.

    With `of` it remarks on a code that looks like one of the other kind. The inner check character
    (GB 11714) is only remarked on: some codes that are in force fail it.
    """
    value = _normalise_digits(text)
    _refuse_scientific(value)
    shown = _shown(value)
    if len(value) != 18:
        raise Invalid(
            "credit_code_length",
            f"统一社会信用代码应为 18 位，现为 {len(value)} 位，请对照证照核对。",
        )
    strangers = "、".join(sorted(set(value) - _CODE_LETTERS))
    if strangers:
        raise Invalid(
            "credit_code_letters",
            f"统一社会信用代码“{shown}”含有不使用的字符 {strangers}"
            "（代码中没有 I、O、S、V、Z，可能是 1、0、5、2），请对照证照核对。",
        )
    if not value[2:8].isdigit():
        raise Invalid(
            "credit_code_region",
            f"统一社会信用代码“{shown}”第 3 至 8 位应为 6 位数字，请对照证照核对。",
        )
    expected = uscc.calc_check_digit(value[:17])
    if value[-1] != expected:
        raise Invalid(
            "credit_code_check",
            f"统一社会信用代码“{shown}”末位校验不符，请对照证照核对。",
            suggestion=value[:-1] + expected,
        )
    remarks = []
    if of == "union" and not value.startswith(UNION_CODE_STARTS):
        remarks.append(
            Remark(
                "credit_code_not_union",
                f"“{shown}”不是以 81 或 89 开头，可能填成了单位的代码，请核对。",
            )
        )
    if of == "employer" and value.startswith(UNION_CODE_STARTS):
        remarks.append(
            Remark(
                "credit_code_of_union",
                f"“{shown}”以 {value[:2]} 开头，是工会的代码，请填写单位自己的代码。",
            )
        )
    if value[16] != _inner_check(value[8:16]):
        remarks.append(
            Remark("credit_code_inner_check", f"“{shown}”中的组织机构代码校验不符，请核对。")
        )
    return Checked(value, value != text, tuple(remarks))


def _inner_check(body: str) -> str:
    """The check character of an organisation code of eight characters (GB 11714)."""
    weighted = sum(
        int(char, 36) * w for char, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return "0123456789X0"[11 - weighted % 11]


# Telephones, accounts, postcodes


_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def mobile(text: str) -> Checked:
    """A mobile number of the mainland: eleven digits, without blanks, dashes and +86."""
    if _MOBILE.fullmatch(text):  # as most are written
        return Checked(text)
    value = _normalise_digits(text)
    _refuse_scientific(value)
    value = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", value)
    # A workbook that holds the number as a number may hand it over with a fraction.
    value = re.sub(r"^(1\d{10})\.0+$", r"\1", value)
    if not _MOBILE.fullmatch(value):
        raise Invalid(
            "mobile_form", "手机号码应为 11 位数字，以 13 至 19 开头，请核对是否缺位或多位。"
        )
    return Checked(value, value != text)


def landline(text: str) -> Checked:
    """A landline number as written; its form is free, an odd one is remarked on."""
    value = " ".join(text.translate(_HALF_WIDTH).translate(_UNSEEN).split())
    shape = r"(\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}([-转 ]\d{1,6})?"
    remarks = ()
    if not re.fullmatch(shape, value):
        remarks = (Remark("landline_form", "电话号码一般为区号加 7 至 8 位数字，请核对。"),)
    return Checked(value, value != text, remarks)


def bank_account(text: str, *, personal: bool) -> Checked:
    """A bank account: a personal card or passbook, or the account of a unit (9 to 32 digits)."""
    value = _normalise_digits(text)
    _refuse_scientific(value)
    if not re.fullmatch(r"[0-9]{9,32}", value):
        raise Invalid("account_form", "银行账号应为 9 至 32 位数字，请对照开户资料核对。")
    remarks = ()
    # Passbooks and older accounts fail both, therefore only a remark.
    if personal and not (16 <= len(value) <= 19 and luhn.is_valid(value)):
        remarks = (Remark("card_check", "银行卡号的位数或校验位不常见，请对照银行卡核对。"),)
    return Checked(value, value != text, remarks)


def postcode(text: str) -> Checked:
    """A postcode: six digits."""
    value = normalise_code(text)
    if not re.fullmatch(r"[0-9]{6}", value):
        raise Invalid("postcode_form", "邮政编码应为 6 位数字，请核对。")
    return Checked(value, value != text)


# Names

_HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0002ebef\U0002ebf0-\U0002ee5f\U0002f800-\U0002fa1f\U00030000-\U000323af"
)
# What keyboards and old systems produce instead of the middle dot U+00B7.
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●．.｡●･", "·"))
_HAN_NAME = re.compile(rf"[{_HAN}]+(·[{_HAN}]+)*")
_USUAL_NAME = re.compile("[\u4e00-\u9fff]{2,4}")  # nothing in it to bring into another form
_LATIN_NAME = re.compile(r"[^\W\d_]+([ '’.·,-]+[^\W\d_]+)*\.?")


# Family names of two characters, for the masks; taken from the names in use, not from a standard.
def person_name(text: str, *, foreign: bool = False) -> Checked:
    """A person's name of 2 to 50 characters; the middle dot of minority names is kept.

    `foreign` admits names in letters, as passports and permanent residence cards have them.
    """
    if _USUAL_NAME.fullmatch(text):
        return Checked(text)
    value = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    is_latin = foreign and not re.search(rf"[{_HAN}]", value)
    if is_latin:
        value = " ".join(value.translate(_HALF_WIDTH).split())
    else:
        value = "".join(value.split()).translate(_DOTS)
    if re.search(r"[\ue000-\uf8ff\U000f0000-\U0010ffff]", value):
        raise Invalid(
            "name_private_character",
            "姓名含有造字程序生成的字，其他电脑无法显示，请改用国家标准字库中的字。",
        )
    if "\ufffd" in value or "?" in value.translate(_HALF_WIDTH):
        raise Invalid("name_lost_character", "姓名含有问号或乱码，可能是生僻字丢失，请重新填写。")
    if not 2 <= len(value) <= 50:
        raise Invalid("name_length", "姓名应为 2 至 50 个字，请核对。")
    if not (_LATIN_NAME if is_latin else _HAN_NAME).fullmatch(value):
        raise Invalid(
            "name_characters", "姓名只能是汉字，少数民族姓名可用间隔号“·”，请去掉其他字符。"
        )
    return Checked(value, value != text)


def _shown(text: str) -> str:
    """A refused text for a message: a number of a person that strayed into it is masked."""
    return re.sub(r"[0-9]{10,}[0-9Xx]", lambda found: masking.number(found[0]), text)


# Dates

_EXCEL_EPOCH = date(1899, 12, 30)
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
# What may stand behind a date: a day of the week, a time of day.
_BEHIND_DATE = re.compile(
    r"[T ,，]*((星期|周|礼拜)[一二三四五六日天]|[(（](星期|周)?[一二三四五六日天][)）])?"
    r"([T ]*((上午|下午|早上|晚上)? *\d{1,2}(:|时|点)(\d{1,2}((:|分)(\d{1,2}(\.\d+)?)?秒?)?)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?) *([AP]M)?Z?)?$",
    re.IGNORECASE,
)


def parse_date(text: str) -> date:
    """The date in `text`, in any form in which offices write one.

    Takes 2021-3-5, 2021/03/05, 2021.3.5, 20210305, 2021年3月5日, 二〇二一年三月五日, each with or
    without a time of day, and the serial number under which a workbook keeps a date (44260).
    Refuses what leaves the day open: a month or a year alone, a year of two digits.
    """
    shown = _shown(text.strip())
    value = " ".join(text.translate(_HALF_WIDTH).translate(_UNSEEN).split())
    if not value:
        raise Invalid("date_empty", "日期为空，请填写，例如 2021-03-05。")
    value = _BEHIND_DATE.sub("", value, count=1)
    value = re.sub(r"\s+", "", _chinese_numerals(value))
    if found := re.fullmatch(r"(\d{5})(\.\d*)?", value):
        # 20213 may be a day of 1955 or a month of 2021.
        if re.fullmatch(r"(19[5-9]|20[0-4])\d[1-9]", value):
            raise Invalid(
                "date_ambiguous",
                f"日期“{shown}”可能是年月，也可能是日期序号，请写成 2021-03-05 的形式。",
            )
        return _EXCEL_EPOCH + timedelta(days=int(found[1]))
    value = value.removesuffix(".0")
    # 。 and 、 are what a Chinese keyboard gives for a full stop and a slash.
    marks = r"[-/.。、年–—−·\\]"
    parts = re.fullmatch(rf"(\d+){marks}(\d{{1,2}})(?:{marks}|月)(\d{{1,2}})[日号.。]?", value)
    parts = parts or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", value)
    if parts is None:
        raise _unreadable_date(shown, value)
    if len(parts[1]) != 4:
        if len(parts[1]) > 2:
            raise Invalid("date_form", f"日期“{shown}”的年份应为四位，请写成 2021-03-05 的形式。")
        raise _year_too_short(shown)
    year, month, day = (int(part) for part in parts.groups())
    if not 1900 <= year <= 2199:
        raise Invalid("date_range", f"日期“{shown}”的年份不在 1900 至 2199 之间，请核对。")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Invalid("date_impossible", f"日期“{shown}”不存在，请核对月份和日期。") from error


def _chinese_numerals(value: str) -> str:
    """二〇二一年十二月三十一日, 2021年元月五日 in figures; anything else unchanged."""
    found = re.fullmatch(
        r"\s*([0-9〇○零一二三四五六七八九]{2,4})\s*年\s*([0-9元正一二三四五六七八九十]+)\s*月(.*)",
        value,
    )
    if found is None:
        return value
    year = found[1].translate(_CHINESE_DIGITS)
    month = _tens(re.sub("[元正]", "一", found[2]))
    written = found[3].replace("廿", "二十").replace("卅", "三十")
    day = re.sub(r"[一二三四五六七八九十]+", lambda match: _tens(match[0]), written)
    return f"{year}年{month}月{day}"


def _tens(numeral: str) -> str:
    """十 as 10, 三十一 as 31."""
    if "十" not in numeral:
        return numeral.translate(_CHINESE_DIGITS)
    tens, _, ones = numeral.partition("十")
    return (tens or "一").translate(_CHINESE_DIGITS) + (ones or "零").translate(_CHINESE_DIGITS)


def _year_too_short(shown: str) -> Invalid:
    return Invalid(
        "date_short_year", f"日期“{shown}”的年份只有两位，无法确定年代，请写成 2021-03-05 的形式。"
    )


def _unreadable_date(shown: str, value: str) -> Invalid:
    if re.fullmatch(r"\d{4}[-/.年]?", value):
        return Invalid("date_year_only", f"日期“{shown}”只有年份，请补上月和日，例如 2021-03-05。")
    if re.fullmatch(
        r"\d{4}[-/.年、。]\d{1,2}(月(份|初|底|中旬|上旬|下旬)?)?", value
    ) or re.fullmatch(r"(19|20)\d{2}(0[1-9]|1[0-2])", value):
        return Invalid("date_month_only", f"日期“{shown}”只到月份，请补上日，例如 2021-03-05。")
    if re.fullmatch(r"\d{6}", value):
        return _year_too_short(shown)
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", value):
        return Invalid(
            "date_order", f"日期“{shown}”的年份应写在最前，请写成 2021-03-05 的形式，以免混淆月日。"
        )
    return Invalid("date_form", f"日期“{shown}”无法识别，请写成 2021-03-05 的形式。")


# Thresholds of the law


class Threshold(NamedTuple):
    """A number that a document sets: its value, its unit, and the document (for the screen)."""

    value: int
    unit: str
    source: str


MEMBERS_FOR_COMMITTEE = Threshold(25, "人", "《中华人民共和国工会法》（2021年修正）第十一条")
EMPLOYEES_FOR_FULL_TIME_CHAIR = Threshold(
    200, "人", "《中华人民共和国工会法》（2021年修正）第十四条"
)
# The yearly work plans count employees where the law counts members. Two numbers, never one.
EMPLOYEES_FOR_CAMPAIGN = Threshold(25, "人", "年度工作要点“职工25人以上企业应建尽建”")
WOMEN_FOR_COMMITTEE = Threshold(10, "人", "《工会女职工委员会工作条例》")
MEMBERS_FOR_DELEGATES = Threshold(100, "人", "《基层工会会员代表大会条例》")

# Terms in years. Trade Union Law 2021, article 16.
GRASSROOTS_TERMS = frozenset({3, 5})
FEDERATION_TERM = 5

# Members up to and including the bound, and the seats of the committee they elect.
# Regulations on elections of grassroots unions (工会基层组织选举工作条例, 2016).
_COMMITTEE_SEATS: tuple[tuple[int, tuple[int, int]], ...] = (
    (24, (3, 5)),
    (200, (3, 7)),
    (1_000, (7, 15)),
    (5_000, (15, 21)),
    (10_000, (21, 29)),
    (50_000, (29, 37)),
)

# Days before the end of a term on which its chair and the superior are reminded.
TERM_REMINDERS = (180, 90, 30)


def must_form_committee(members: int) -> bool:
    """Whether the law asks for a grassroots committee of its own. Trade Union Law, article 11."""
    return members >= MEMBERS_FOR_COMMITTEE.value


def should_unionise(employees: int) -> bool:
    """Whether the campaign counts the employer as one that ought to have a union."""
    return employees >= EMPLOYEES_FOR_CAMPAIGN.value


def needs_women_committee(women_members: int) -> bool:
    """Whether a 女职工委员会 is set up; below the threshold a single 女职工委员 is."""
    return women_members >= WOMEN_FOR_COMMITTEE.value


def may_use_delegates(members: int) -> bool:
    """Whether delegates (会员代表大会) may stand for the meeting of all members."""
    return members >= MEMBERS_FOR_DELEGATES.value


def committee_seats(members: int) -> tuple[int, int]:
    """The fewest and the most seats of a committee elected by that many members."""
    for bound, seats in _COMMITTEE_SEATS:
        if members <= bound:
            return seats
    return (37, 45)


def term_end(start: date, years: int) -> date:
    """The last day of a term of whole years that began with the election on `start`.

    It is the corresponding day of the last month, or that month's last day where there is none
    (29 February). Civil Code, articles 201 and 202.
    """
    year = start.year + years
    return date(year, start.month, min(start.day, calendar.monthrange(year, start.month)[1]))


def is_term_overdue(end: date, on: date) -> bool:
    """Whether re-election (换届) is overdue: the last day of the term still belongs to it."""
    return on > end


def term_reminders(end: date) -> tuple[date, ...]:
    """The days on which the chair and the superior are reminded of a term that ends on `end`."""
    return tuple(end - timedelta(days=days) for days in TERM_REMINDERS)


# Head counts

# Parts and the whole that they may not exceed, with the words of the form.
_PARTS: tuple[tuple[str, str], ...] = (
    ("employees_women", "employees"),
    ("employees_migrant", "employees"),
    ("employees_dispatched", "employees"),
    ("members_women", "members"),
    ("members_migrant", "members"),
    ("members_new_form", "members"),
)
# Members may not exceed employees, except where the union also holds people who are no employees.
_MEMBERS_OF_EMPLOYEES: tuple[tuple[str, str], ...] = (
    ("members", "employees"),
    ("members_women", "employees_women"),
    ("members_migrant", "employees_migrant"),
)
HEADCOUNT_LABELS: Mapping[str, str] = {
    "employees": "职工总数",
    "employees_women": "女职工数",
    "employees_migrant": "农民工职工数",
    "employees_dispatched": "劳务派遣工数",
    "members": "会员总数",
    "members_women": "女会员数",
    "members_migrant": "农民工会员数",
    "members_new_form": "新就业形态会员数",
}


def headcount_contradictions(
    counts: Mapping[str, int | None],
    *,
    covers_new_form: bool = False,
    covers_retired: bool = False,
) -> list[Remark]:
    """What cannot be right in the head counts (人) of a union's return; empty if nothing.

    `counts` has the keys of `HEADCOUNT_LABELS`; one that is missing or None is not compared. A
    union that covers new-form workers or keeps retired members may have more members than
    employees.
    """
    found = [
        Remark("headcount_negative", f"{HEADCOUNT_LABELS[key]}不能为负数，现为 {counts[key]} 人。")
        for key in HEADCOUNT_LABELS
        if (counts.get(key) or 0) < 0
    ]
    pairs: Iterable[tuple[str, str, str]] = [(*pair, "headcount_part") for pair in _PARTS]
    if not (covers_new_form or covers_retired):
        pairs = [*pairs, *((*pair, "headcount_members") for pair in _MEMBERS_OF_EMPLOYEES)]
    for part, whole, code in pairs:
        small, large = counts.get(part), counts.get(whole)
        if small is not None and large is not None and small > large:
            found.append(
                Remark(
                    code,
                    f"{HEADCOUNT_LABELS[part]} {small} 人大于{HEADCOUNT_LABELS[whole]} {large} 人，"
                    "请核对。",
                )
            )
    return found


# Groups that figures count (labels stand with the model's choices)

# 八大群体, the eight groups of the membership drive of 2018.
EIGHT_GROUPS = frozenset({
    "truck_driver", "courier", "care_worker", "domestic_worker", "mall_clerk", "food_courier",
    "estate_agent", "security_guard",
})  # fmt: skip
# 新就业形态劳动者, the newer term: those who find work through platforms.
NEW_FORM_GROUPS = frozenset({
    "truck_driver", "ride_hailing_driver", "courier", "food_courier", "livestreamer",
})  # fmt: skip
# 企业 by 单位性质: institutions, organs, sole traders and private non-enterprises are none.
ENTERPRISE_OWNERSHIPS = frozenset({
    "110", "120", "130", "140", "151", "159", "161", "169", "170", "190", "200", "300",
})  # fmt: skip
