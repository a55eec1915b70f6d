"""What a cell of a sheet means: columns, the widgets that read and print values, and their errors.

Apps declare `Column`s in their sheets and may add widgets of their own. A widget gets the text of a
cell, mends what is certain, and raises `CellError` for the rest.
"""

import datetime
import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from import_export import widgets
from import_export.fields import Field

# Written into a cell of an optional column, it empties the recorded value; a blank leaves it alone.
CLEAR = "清空"


class CellError(Exception):  # noqa: N818 - one finding in one cell, collected rather than raised
    """One cell is wrong: a stable code, a sentence, and perhaps what may have been meant.

    `{value}` in the sentence stands for the cell's text; it is masked where the column is personal.
    `suggestion` is a value, shown as 「是否为“…”？」, masked in the same way; several are joined by
    `OR` and read “甲”或“乙”.
    """

    def __init__(self, code: str, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.suggestion = code, message, suggestion


OR = "”或“"


class Mended:
    """A value that was put right or read in a special way, with what there is to say about it.

    `remarks` are pairs of a stable code and a sentence.
    """

    __slots__ = ("remarks", "value")

    def __init__(self, value: Any, *remarks: tuple[str, str]) -> None:
        self.value, self.remarks = value, remarks


TIDIED = ("mended", "已去除空格或统一为规范写法。")
COMPUTED = ("computed", "由公式算出，按结果登记。")


class Column(Field):
    """One column of a sheet.

    `attribute` is where `match`ed rows have the value (dotted by `__`, as in import-export), also
    for exports. `examples` fill the template's example rows. `personal` is the mask of
    `core.masking` under which the value appears in every message and result.
    `identifier` keeps numbers such as codes as text in every workbook. Without a widget, `choices`
    (stored value to label) or `max_length` decide which one reads the cells.
    """

    def __init__(
        self,
        heading: str,
        attribute: str | None = None,
        *,
        widget: widgets.Widget | None = None,
        required: bool = False,
        synonyms: Sequence[str] = (),
        examples: Sequence[str] = (),
        choices: Mapping[str, str] | None = None,
        help_text: str = "",
        width: int = 14,
        personal: Callable[[str], str] | None = None,
        identifier: bool = False,
        max_length: int | None = None,
        export_only: bool = False,
    ) -> None:
        if widget is None and choices is not None:
            widget = ChoiceWidget(choices)
        elif widget is None:
            widget = (IdentifierWidget if identifier else TextWidget)(max_length)
        super().__init__(attribute=attribute, column_name=heading, widget=widget)
        self.required, self.synonyms, self.examples = required, tuple(synonyms), tuple(examples)
        self.help_text, self.width, self.personal = help_text, width, personal
        self.identifier, self.readonly = identifier, export_only

    @property
    def heading(self) -> str:
        return self.column_name

    @property
    def choices(self) -> list[str]:
        """The labels of the drop-down; empty when any text may stand."""
        return list(getattr(self.widget, "labels", ()))

    def clean_cell(self, text: str, context: Any = None) -> Any:
        """The value of a cell: None for a blank one, `Mended` where it was put right.

        Raises `CellError`.
        """
        if type(text) is str and text.isascii() and text.isalnum():  # as numbers and codes are
            return self._read(text, context)
        bare = text.strip(_BLANK) if text else ""
        if not bare:
            if self.required:
                raise CellError("required", f"“{self.heading}”不能为空。")
            return None
        if bare[0] == "#" and _BROKEN.fullmatch(bare):
            raise CellError(
                "formula_error",
                "公式没有算出结果（{value}），请在表格中改好公式，或复制后“选择性粘贴”为数值再上传。",
            )
        meant = unprotected(bare)
        value = self._read(text if type(text) is not str else meant, context)
        remarks: tuple[tuple[str, str], ...] = ()
        if isinstance(value, Mended):
            value, remarks = value.value, value.remarks
        elif text != bare or _ODD.search(meant):
            remarks = (TIDIED,)
        if getattr(text, "computed", False):
            remarks = (COMPUTED, *remarks)
        return Mended(value, *remarks) if remarks else value

    def _read(self, text: str, context: Any) -> Any:
        try:
            return self.widget.clean(text, context=context)
        except CellError:
            raise
        except ValueError as error:
            raise CellError("invalid", f"“{{value}}”不能作为“{self.heading}”。") from error

    def clean(self, row: Mapping[str, str], **kwargs: Any) -> Any:
        """For callers that use import-export's own protocol."""
        value = self.clean_cell(row.get(self.column_name) or "", kwargs.get("context"))
        return value.value if isinstance(value, Mended) else value

    def shown(self, text: str) -> str:
        """A cell's text as it may stand in a message: masked or shortened."""
        text = unprotected(text)
        if self.personal:
            return self.personal(str(text))
        return text if len(text) <= 40 else f"{text[:39]}…"


# What a spreadsheet would take for a formula or a command, half and full width.
DANGEROUS = "=+-@\t\r\n＝＋－＠"
_PROTECTED = re.compile(rf"'+[\d{re.escape(DANGEROUS)}]")
_BLANK = " \t\r\n\u3000\xa0\u200b\ufeff"
# What stands in a cell whose formula failed, or was saved without its result.
_BROKEN = re.compile(r"#(REF!|VALUE!|NAME\?|N/A|NUM!|NULL!|DIV/0!|SPILL!|CALC!|未算出)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_BREAK = re.compile(r" *(?:(?:_x000D_|[\r\n\t]) *)+")
_NARROW = {
    code: code - 0xFEE0
    for first, last in ("０９", "ＡＺ", "ａｚ")
    for code in range(ord(first), ord(last) + 1)
}
# Whether a text holds anything that `plain` takes away or changes, outer blanks apart.
_ODD = re.compile(f"[０-９Ａ-Ｚａ-ｚ\r\n\t{_INVISIBLE.pattern[1:-1]}]|_x000D_")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula. `unprotected` gives the text back."""
    return f"'{text}" if text and (text[0] in DANGEROUS or _PROTECTED.match(text)) else text


def unprotected(text: str) -> str:
    """The text without the mark by which people, and our exports, keep it from being computed."""
    return text[1:] if text[:1] == "'" and _PROTECTED.match(text) else text


def written(text: str) -> str:
    """What stands in a cell, without blanks around it and without that mark."""
    return unprotected(text.strip(_BLANK))


def plain(text: str) -> str:
    """Text on one line: full-width letters and digits made narrow, outer blanks, line breaks and
    invisible characters taken off.

    Chinese punctuation stays: it belongs to names.
    """
    if not _ODD.search(text):
        return text.strip(_BLANK)
    text = _INVISIBLE.sub("", text.strip(_BLANK)).translate(_NARROW)
    # A break inside a Chinese name is where the cell was too narrow; in letters it parts words.
    text = _BREAK.sub(lambda found: "" if _is_wide_before(found) else " ", text)
    return text.strip(_BLANK)


def _is_wide_before(found: re.Match[str]) -> bool:
    return found.start() > 0 and not found.string[found.start() - 1].isascii()


def compact(text: str) -> str:
    """For numbers and codes: everything narrow, no blanks at all."""
    if text.isascii() and text.isalnum():  # as nearly all are
        return text
    return re.sub(rf"[\s{_BLANK}]", "", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))


class Nearest:
    """Which of many values a misspelt one may be. Candidates by shared pairs of characters."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = list(dict.fromkeys(values))
        self._by_pair: dict[str, list[int]] | None = None
        self._answers: dict[str, list[str]] = {}

    def to(self, text: str) -> str | None:
        """The one that is most alike, or None."""
        return next(iter(self.some(text)), None)

    def some(self, text: str) -> list[str]:
        """Up to five that are about equally alike, the most alike first."""
        if text not in self._answers:
            self._answers[text] = self._find(text)
        return self._answers[text]

    def _find(self, text: str) -> list[str]:
        values = self.values
        if len(values) > 200:
            if self._by_pair is None:
                self._by_pair = defaultdict(list)
                for place, value in enumerate(values):
                    for pair in self._pairs(value):
                        self._by_pair[pair].append(place)
            shared: Counter[int] = Counter()
            for pair in self._pairs(text):
                places = self._by_pair.get(pair, ())
                if len(places) <= 5_000:  # a pair that stands everywhere tells nothing
                    shared.update(places)
            values = [values[place] for place, _ in shared.most_common(40)]
        # Of two characters one may be wrong.
        near = difflib.get_close_matches(text, values, n=5, cutoff=0.6 if len(text) > 2 else 0.5)
        least = self._likeness(text, near[0]) - 0.1 if near else 0
        return [value for value in near if self._likeness(text, value) >= least]

    @staticmethod
    def _likeness(text: str, value: str) -> float:
        return difflib.SequenceMatcher(None, value, text).ratio()

    @staticmethod
    def _pairs(text: str) -> set[str]:
        return {text[place : place + 2] for place in range(max(len(text) - 1, 1))}


class TextWidget(widgets.Widget):
    """Free text on one line, full-width letters and digits made narrow."""

    def __init__(self, max_length: int | None = None) -> None:
        super().__init__()
        self.max_length = max_length

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        _refuse_rounded(value)
        text = plain(str(value))
        if self.max_length and len(text) > self.max_length:
            raise CellError("too_long", f"超过 {self.max_length} 个字，请缩短。")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        return value.clear() if hasattr(value, "clear") else str(value)


def _refuse_rounded(value: str) -> None:
    """A number of more than 15 digits in a column of text was an identifier before Excel had it."""
    if getattr(value, "kind", "") == "rounded":
        raise CellError(
            "digits_lost",
            "“{value}”在表格软件中被当作数字，末尾几位已丢失。"
            "请把该列设为文本格式后对照原件重新填写。",
        )


class IdentifierWidget(TextWidget):
    """A code or number that is never computed with: narrow, without blanks, digits as they are."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        _refuse_rounded(value)
        text = compact(str(value))
        if not text.isalnum():
            if _SCIENTIFIC.fullmatch(text):
                raise CellError(
                    "digits_lost",
                    "“{value}”是科学计数法，位数已丢失。请把该列设为文本格式后重新填写。",
                )
            if found := _FLOAT.fullmatch(text):
                # Programs that keep numbers as fractions add this; beyond 15 digits they round.
                if len(found[1]) > 15:
                    raise CellError(
                        "digits_lost",
                        "“{value}”被存成了小数，末尾几位已不可信。"
                        "请把该列设为文本格式后对照原件重新填写。",
                    )
                return Mended(found[1], ("mended", "已去除末尾的“.0”。"))
        if self.max_length and len(text) > self.max_length:
            raise CellError("too_long", f"超过 {self.max_length} 位，请核对。")
        return text if text == value else Mended(text, TIDIED)


_SCIENTIFIC = re.compile(r"\d\.\d+[eE]\+?\d+|\d[eE]\+\d+")
_FLOAT = re.compile(r"(\d+)\.0+")


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: 00:00(?::00)?)?")
_SERIAL = re.compile(r"\s*\d{5}(\.\d*)?\s*")
_DATES = [
    re.compile(r"(\d{4})[./\-年](\d{1,2})[./\-月](\d{1,2})[日号]?(?:\d{1,2}:\d{2}(?::\d{2})?)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
]


def parse_date(text: str) -> datetime.date | None:
    """2020-01-02, 2020/1/2, 2020.1.2, 2020年1月2日, 20200102; None for anything else."""
    for form in _DATES:
        if found := form.fullmatch(compact(text)):
            try:
                return datetime.date(*(int(part) for part in found.groups()))
            except ValueError:
                return None
    return None


class DateWidget(widgets.Widget):
    """A day. `parse` may be replaced where a sheet knows more forms."""

    def __init__(
        self,
        parse: Callable[[str], datetime.date | None] = parse_date,
        *,
        earliest: datetime.date = datetime.date(1900, 1, 1),
        latest: Callable[[], datetime.date] | None = None,
    ) -> None:
        super().__init__()
        self.parse, self.earliest, self.latest = parse, earliest, latest

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> datetime.date | Mended:
        if found := _ISO.fullmatch(value):  # the usual case, without further looking
            try:
                day = datetime.date(*(int(part) for part in found.groups()))
            except ValueError:
                day = None
        else:
            day = self.parse(str(value))
        if day is None:
            raise CellError("bad_date", "“{value}”不是有效日期，请写成 2021-07-15。")
        if day < self.earliest:
            raise CellError("bad_date", f"“{{value}}”早于 {self.earliest}，请核对。")
        if self.latest and day > self.latest():
            raise CellError("bad_date", f"“{{value}}”晚于 {self.latest()}，请核对。")
        if _SERIAL.fullmatch(value):
            return Mended(day, ("serial_date", f"按日期序号读作 {day}。"))
        return day

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else value.isoformat()


_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?")


def _number(value: str, unit: str) -> Decimal:
    text = compact(value)
    if unit and text.endswith(unit):
        text = text.removesuffix(unit)
    if not _NUMBER.fullmatch(text):
        raise CellError("bad_number", "“{value}”不是数字，请只填数字。")
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise CellError("bad_number", "“{value}”不是数字，请只填数字。") from error


class IntegerWidget(widgets.Widget):
    """A whole number, such as a head-count. A unit behind it (人) is accepted."""

    def __init__(self, *, minimum: int = 0, maximum: int = 2_147_483_647, unit: str = "") -> None:
        super().__init__()
        self.minimum, self.maximum, self.unit = minimum, maximum, unit

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> int:
        number = _number(str(value), self.unit)
        if number != number.to_integral_value():
            raise CellError("not_whole", "“{value}”应为整数。")
        if not self.minimum <= number <= self.maximum:
            raise CellError(
                "out_of_range", f"“{{value}}”应在 {self.minimum} 与 {self.maximum} 之间。"
            )
        return int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class MoneyWidget(widgets.Widget):
    """An amount in yuan with at most two decimals, as Decimal. 1,234.50元 and ￥ are accepted."""

    def __init__(self, *, minimum: Decimal = Decimal(0)) -> None:
        super().__init__()
        self.minimum = minimum

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Decimal:
        number = _number(compact(str(value)).lstrip("¥￥"), "元")
        if number < self.minimum:
            raise CellError("out_of_range", f"“{{value}}”不能小于 {self.minimum} 元。")
        if number != number.quantize(Decimal("0.01")):
            raise CellError("too_precise", "“{value}”超过两位小数，金额以元为单位，精确到分。")
        if number >= Decimal(10) ** 13:
            raise CellError("out_of_range", "“{value}”过大，请核对单位是否为元。")
        return number.quantize(Decimal("0.01"))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class ChoiceWidget(widgets.Widget):
    """One of a set: the cell holds the label (or the stored value), the row the stored value.

    `synonyms` maps further spellings to stored values; where one is used, the row says so.
    """

    def __init__(
        self, choices: Mapping[Any, str], *, synonyms: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.choices = dict(choices)
        self.labels = list(self.choices.values())
        self._usual: dict[str, Any] = {}
        for value, label in self.choices.items():
            self._usual[compact(str(label))] = value
        for value in self.choices:
            self._usual.setdefault(compact(str(value)), value)
        self._synonyms = {compact(text): value for text, value in (synonyms or {}).items()}
        self._nearest = Nearest([*self.labels, *self._synonyms])

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        if value in self._usual:
            return self._usual[value]
        key = compact(str(value))
        if key in self._usual:
            return self._usual[key]
        if key in self._synonyms:
            meant = self._synonyms[key]
            return Mended(meant, ("synonym", f"按“{self.choices[meant]}”登记。"))
        nearest = self._nearest.to(key)
        if nearest in self._synonyms:
            nearest = self.choices[self._synonyms[nearest]]
        shown = "、".join(self.labels[:8]) + ("等" if len(self.labels) > 8 else "")
        raise CellError(
            "unknown_choice",
            f"“{{value}}”不在可选值内（{shown}）。",
            suggestion=nearest,
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(self.choices.get(value, value))


class BooleanWidget(ChoiceWidget):
    """是 or 否."""

    def __init__(self) -> None:
        super().__init__({True: "是", False: "否"})
        yes = ("有", "对", "√", "✓", "☑", "1", "Y", "y", "YES", "Yes", "yes", "TRUE", "true")
        no = ("无", "没有", "不是", "×", "✗", "0", "N", "n", "NO", "No", "no", "FALSE", "false")
        self._usual |= dict.fromkeys(yes, True) | dict.fromkeys(no, False)


__all__ = [
    "CLEAR",
    "COMPUTED",
    "DANGEROUS",
    "OR",
    "TIDIED",
    "BooleanWidget",
    "CellError",
    "ChoiceWidget",
    "Column",
    "DateWidget",
    "IdentifierWidget",
    "IntegerWidget",
    "Mended",
    "MoneyWidget",
    "Nearest",
    "TextWidget",
    "compact",
    "harmless",
    "parse_date",
    "plain",
    "unprotected",
    "written",
]
