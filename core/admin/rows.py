"""The rows of a list as the admin's face draws them, with what is the same in all written once.

unfold draws every cell by itself, headings and address included: half of the time of a page.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import cycle
from operator import attrgetter
from typing import Any, NamedTuple

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import label_for_field, quote
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils.html import format_html, format_html_join
from unfold.templatetags.unfold_list import LINK_CLASSES, ROW_CLASSES
from unfold.utils import display_for_field, display_for_value
from unfold.views import ChangeList

STRIPES = ("", "bg-base-50 dark:bg-white/[.02]")
ROW = (
    '<tbody class="block relative lg:table-row-group {}"><tr class="data-row block border'
    " border-base-200 mb-3 relative rounded-default lg:table-row lg:border-none lg:mb-0"
    ' lg:rounded-none dark:border-base-800">{}</tr></tbody>'
)
UNBROKEN = (datetime.date, datetime.time)
NUMBER = re.compile(r"-?\d+(\.\d+)?")
DIGITS = re.compile(r"[\d-]+( 至 [\d-]+)?年?")  # numbers, months, years and spans
COUNT = re.compile(r"[+-]?\d{1,3}(,\d{3})*(\.\d+)?")
MONEY = re.compile(r"[+-]?\d{1,3}(,\d{3})*\.\d\d")
# Headings of numbers: what names a unit, or says that it counts.
COUNTED = re.compile(
    r"（(元|万元|笔|人|人次|名|户|家|件|条|项|个|票|场次|分|秒|%)）$|[笔件人]数$|(人|场|名)次$"
)


class Column(NamedTuple):
    """One column: its name, what it says of a row, whether that stands on one line, and whether
    it is a number, which stands to the right."""

    name: str
    read: Callable[[models.Model], Any]
    show: Callable[[Any], Any]
    unbroken: bool
    number: bool = False


def drawn(cl: ChangeList) -> str:
    """Every row of the list, for one `<table>`."""
    if not cl.result_list:
        return ""
    columns = cl.columns
    cells, address, lines = _pattern(cl, columns), _address(cl), []
    patterns = [ROW.format(stripe, cells) for stripe in STRIPES]
    for row, pattern in zip(cl.result_list, cycle(patterns)):
        texts = [_text(cl, row, column) for column in columns]
        lines.append((format_html(pattern, *texts, url=address(row)),))
    return format_html_join("", "{}", lines)


def grouped(told: str) -> str:
    """A number in groups of three, a fine percentage as short as it is; any other text as it is."""
    if not NUMBER.fullmatch(told):
        return told
    number = Decimal(told)
    is_money = number.as_tuple().exponent >= -2
    return f"{number if is_money else number.normalize():,f}"


def column(cl: ChangeList, name: str) -> Column:
    """What the list, which is not empty, says under this name."""
    screen = cl.model_admin
    empty = screen.get_empty_value_display()
    counted = bool(COUNTED.search(label_for_field(name, cl.model, screen)))
    try:
        field = cl.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        method = getattr(screen, name, None)
        read = method or _attribute(name)
        said = getattr(method or getattr(cl.model, name), "empty_value_display", empty)
        boolean = getattr(method, "boolean", False)
        first = read(cl.result_list[0])
        unbroken = isinstance(first, UNBROKEN) or bool(DIGITS.fullmatch(f"{first}"))
        number = counted or bool(MONEY.fullmatch(f"{first}"))
        show = partial(display_for_value, empty_value_display=said, boolean=boolean)
        return Column(name, read, show, unbroken, number)
    if field.many_to_one or field.one_to_one:
        return Column(name, attrgetter(name), lambda row: empty if row is None else row, True)
    unbroken = isinstance(field, models.DateField | models.TimeField)
    show = _shown_field(field, empty)
    read = attrgetter(field.attname)
    unbroken = unbroken or any(DIGITS.fullmatch(f"{read(row)}") for row in cl.result_list)
    return Column(name, read, show, unbroken, counted or _is_number(field))


def _is_number(field: models.Field) -> bool:
    """Of a year nobody asks how many it is."""
    counts = isinstance(field, models.IntegerField) and not field.flatchoices
    return isinstance(field, models.DecimalField) or (counts and not field.name.endswith("year"))


def _attribute(name: str) -> Callable[[models.Model], Any]:
    """A property of the row, or what its method answers."""

    def read(row: models.Model) -> Any:
        value = getattr(row, name)
        return value() if callable(value) else value

    return read


def _shown_field(field: models.Field, empty: str) -> Callable[[Any], Any]:
    if field.flatchoices:
        words = dict(field.flatchoices)
        return lambda value: words.get(value, empty)
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return lambda value: empty if value is None else value.isoformat()
    if _is_number(field):
        return lambda value: empty if value is None else grouped(f"{value}")
    return lambda value: display_for_field(value, field, empty)


def _text(cl: ChangeList, row: models.Model, column: Column) -> Any:
    try:
        return column.show(column.read(row))
    except ObjectDoesNotExist:
        return cl.model_admin.get_empty_value_display()


def _pattern(cl: ChangeList, columns: list[Column]) -> str:
    """The cells of any row, with a place for each text and for the address of the record."""
    cells, linked = [], cl.list_display_links or []
    for place, (column, heading) in enumerate(zip(columns, cl.headers, strict=True)):
        link = column.name in linked
        head = link and not any(before.name in linked for before in columns[:place])
        tag = "th" if head else "td"
        marks = {"nowrap": column.unbroken, "number": column.number}
        classes = [f"field-{column.name}", *ROW_CLASSES, *(name for name in marks if marks[name])]
        label = heading["text"] if place or link else "选择记录"
        opening = format_html(
            '<{} class="{}" data-label="{}">', tag, " ".join(classes), label
        ) + format_html('<a href="{}" class="{}">', "\0", " ".join(LINK_CLASSES)) * bool(link)
        closing = f"{'</a>' if link else ''}</{tag}>"
        cells.append(f"{_literal(opening)}{{}}{closing}".replace("\0", "{url}"))
    return "".join(cells)


def _literal(text: str) -> str:
    """The text where braces name places."""
    return text.replace("{", "{{").replace("}", "}}")


def _address(cl: ChangeList) -> Callable[[models.Model], str]:
    """The address of a record, from which saving leads back to this list as it was filtered."""
    first = cl.result_list[0]
    known = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    url = add_preserved_filters(known, cl.url_for_result(first))
    begin, _, end = url.rpartition(f"/{quote(first.pk)}/")
    return lambda row: f"{begin}/{quote(row.pk)}/{end}"
