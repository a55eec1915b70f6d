"""Dates as offices write them, and ages."""

import re
from datetime import date, timedelta

from core import masking
from core.rules import Invalid
from core.rules.text import normalise_line

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
    shown = masking.numbers_within(text.strip())
    value = normalise_line(text)
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


def age(birth_date: date, on: date) -> int:
    """Full years (周岁) on the day `on`; who was born on 29 February turns older on 1 March."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
