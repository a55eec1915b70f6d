"""How a figure is written: a pure function of value, unit and style.

Running text follows the habit of union reports: half-width digits, no thousands separators, no
trailing zeros, no space before the unit, 万 and 亿 with few decimals, 余/多 only ever rounded
down, 近 only ever rounded up, 约 to the nearest. A value that already stands on the chosen place
is written without 余/多/近/约, because then the plain number is the truth.

There is one rounding rule wherever a style does not say down or up: half away from zero (四舍五入).

A style is one of `STYLES`: an optional 近 or 约, an optional scale (万, 亿; for money 元, 万元,
亿元), an optional precision (整数, 一位, 两位 decimals; or 十位, 百位, 千位, 万位), an optional
余 or 多. The empty style (also spelled 精确) writes the value in full.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal

MONEY = "元"
PERCENT = "%"
POINTS = "个百分点"

_NOUNS = frozenset({"群体", "领域", "行业", "单位", "企业", "机构", "岗位"})  # 8个群体

#: Measure words of head-counts, things and events; each counts in whole numbers.
# fmt: off
COUNTS = _NOUNS | frozenset(
    (
        "人", "人次", "名", "户", "家", "个", "件", "件次", "场", "场次", "期",
        "期次", "篇", "条", "笔", "支", "项", "项次", "对", "所", "处", "份",
        "台", "套", "次", "批", "批次", "天", "岗", "课时", "班", "届", "本",
        "幅", "部", "组", "座", "间", "张", "封", "人天",
    )
)
# fmt: on
UNITS = COUNTS | {MONEY, PERCENT, POINTS}

#: What amounts of a table may be told in, with the power of ten.
LARGE = {"万元": 4, "亿元": 8}
_SCALES = {"": 0, "万": 4, "亿": 8}
_PRECISIONS = {"整数": 0, "一位": -1, "两位": -2, "十位": 1, "百位": 2, "千位": 3, "万位": 4}
_WIDEST = 30  # digits of the largest value that is written


class WordingError(ValueError):
    """A value that cannot be written as asked; the message says why, in Chinese."""


@dataclass(frozen=True)
class Style:
    """One way of writing. `place` is the power of ten that stays, None when the value decides."""

    name: str
    scale: str = ""
    place: int | None = None
    mark: str = ""
    money_only: bool = False

    @property
    def rounds_down(self) -> bool:
        return self.mark in ("余", "多")


def _styles() -> dict[str, Style]:
    found = {"": Style(""), "精确": Style("精确")}
    for scale in ("", "元", "万", "亿", "万元", "亿元"):
        for precision in ("", *_PRECISIONS):
            for mark in ("", "余", "多", "近", "约"):
                power = _PRECISIONS.get(precision)
                bare = scale.removesuffix("元")
                if power is not None and power > 0 and bare:
                    continue  # 万 and 千位 contradict each other
                before, after = (mark, "") if mark in ("近", "约") else ("", mark)
                name = f"{before}{scale}{precision}{after}"
                if name not in found:
                    money = scale.endswith("元")
                    found[name] = Style(name, bare, power, mark, money)
    return found


#: Every style by its name in a token.
STYLES: dict[str, Style] = _styles()


def style_of(name: str) -> Style:
    """Return the style called `name`; raises WordingError for a name that does not exist."""
    style = STYLES.get(name.strip())
    if style is None:
        raise WordingError(
            f"没有“{name}”这种数字写法，可用的有：精确、整数、一位、万、亿、万元、亿元、多、余、近、约、"
            "千位多、万余等。"
        )
    return style


def check(unit: str, style: str) -> Style:
    """Return the style if a figure of `unit` may be written so; raises WordingError otherwise."""
    chosen = style_of(style)
    if unit not in UNITS:
        raise WordingError(f"没有“{unit}”这个计量单位，请先在单位表中核对。")
    if chosen.money_only and unit != MONEY:
        raise WordingError(f"“{chosen.name}”只用于金额，不能用于以“{unit}”计的数字。")
    if unit in (PERCENT, POINTS):
        if chosen.scale or chosen.rounds_down or (chosen.place or 0) > 0:
            raise WordingError(
                f"以“{unit}”计的数字只能写作精确、整数、一位、两位、近或约，不能写作“{chosen.name}”。"
            )
    elif unit in COUNTS and not chosen.scale and (chosen.place or 0) < 0:
        raise WordingError(f"以“{unit}”计的数字没有小数，不能写作“{chosen.name}”。")
    return chosen


def written(value: int | Decimal | None, unit: str, style: str = "") -> str:
    """Return the text of a figure with its unit, e.g. `written(13412, "人", "千位多")` → 13000多人.

    `value` is in the unit itself (money in yuan). None, a float, a unit that does not exist, a
    fraction of a person and a style that does not fit the unit raise WordingError: a report never
    prints a figure that is not there.
    """
    chosen = check(unit, style)
    number = _number(value, unit)
    if chosen.mark and number < 0:
        raise WordingError(f"负数不能写作“{chosen.name}”，请用精确写法。")
    power = _SCALES[chosen.scale]
    place = _place(number, unit, chosen)
    kept = _rounded(number, place, chosen.mark)
    digits = plain(kept.scaleb(-power))
    mark = chosen.mark if kept != number else ""
    unit = f"个{unit}" if unit in _NOUNS else unit
    if chosen.rounds_down and kept == 0 and number != 0:
        raise WordingError(f"{plain(number)}{unit}太小，不能写作“{chosen.name}”。")
    if mark in ("近", "约"):
        return f"{mark}{digits}{chosen.scale}{unit}"
    # 800多万元 and 18余万元, but 4万多人: 多 follows tens or the 万, 余 any two digits or the 万.
    inside = len(digits) > 1 and "." not in digits and (mark == "余" or digits.endswith("0"))
    if inside:
        return f"{digits}{mark}{chosen.scale}{unit}"
    return f"{digits}{chosen.scale}{mark}{unit}"


def cell(value: int | Decimal | None, unit: str, money: str = "") -> str:
    """Return a figure for a table, whose heading bears the unit: grouped digits, — for no value.

    Amounts may be told in 万元 or 亿元 (`money`): then to the nearest of two decimals.
    """
    if value is None:
        return "—"
    check(unit, "")
    number = _number(value, unit)
    if unit in (PERCENT, POINTS):
        number = _rounded(number, -2, "")
    if is_large := unit == MONEY and money in LARGE:
        number = _rounded(number.scaleb(-LARGE[money]), -2, "")
    text = plain(number)
    sign, (whole, _, decimals) = "-" * text.startswith("-"), text.lstrip("-").partition(".")
    if is_large or (unit == MONEY and decimals):
        decimals = decimals.ljust(2, "0")
    return f"{sign}{int(whole):,}" + (f".{decimals}" if decimals else "")


def plain(number: Decimal) -> str:
    """Return a number in digits without exponent, separators or trailing zeros."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _number(value: int | Decimal | None, unit: str) -> Decimal:
    if value is None:
        raise WordingError("这个数字没有值，不能写进正文，请先补全数据或改写这句话。")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise WordingError(f"数字须为整数或十进制数，不能是 {type(value).__name__}。")
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= _WIDEST:
        raise WordingError("这个数字不是有限的数，不能写进正文。")
    if unit in COUNTS and number != number.to_integral_value():
        raise WordingError(f"以“{unit}”计的数字须为整数，现为 {plain(number)}。")
    return number


def _place(number: Decimal, unit: str, style: Style) -> int:
    """The power of ten down to which the value is kept."""
    power = _SCALES[style.scale]
    if style.place is not None:
        return power + style.place
    if style.mark:
        if style.scale:
            # 812万 → 810多万, 18.7万 → 18余万, 4.2万 → 4万多
            return power + max(0, number.adjusted() - power - 1)
        if unit in (PERCENT, POINTS):
            return 0
        return max(0, number.adjusted() - 1, 1 if number >= 10 else 0)
    if style.scale or unit in (MONEY, PERCENT, POINTS):
        return power - 2
    return 0


def _rounded(number: Decimal, place: int, mark: str) -> Decimal:
    rounding = {"余": ROUND_DOWN, "多": ROUND_DOWN, "近": ROUND_CEILING}.get(mark, ROUND_HALF_UP)
    steps = number.scaleb(-place).to_integral_value(rounding=rounding)
    return steps.scaleb(place)
