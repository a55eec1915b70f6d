"""The rows of a list as the admin's face draws them, with what is the same in all written once.

unfold draws every cell by itself, headings and address included: two thirds of the time of a page.
"""

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.html import format_html, format_html_join
from unfold.templatetags.unfold_list import LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_field, display_for_value
from unfold.views import ChangeList

UNBROKEN = (datetime.date, datetime.time)


class Column(NamedTuple):
    """One column: the tags around its cells, a variant for what is not broken into lines."""

    name: str
    opening: str
    unbroken: str
    closing: str
    linked: bool


def drawn(cl: ChangeList) -> Iterator[str]:
    """The cells of each row, for one `<tr>`."""
    columns = _columns(cl)
    kept = _kept_filters(cl)
    for row in cl.result_list:
        yield format_html_join("", "{}{}{}", (_cell(cl, row, column, kept) for column in columns))


def _columns(cl: ChangeList) -> list[Column]:
    columns = []
    for place, (name, heading) in enumerate(zip(cl.list_display, result_headers(cl), strict=True)):
        linked = name in (cl.list_display_links or [])
        tag = "th" if linked and not any(column.linked for column in columns) else "td"
        classes = " ".join((f"field-{getattr(name, '__name__', name)}", *ROW_CLASSES))
        label = heading["text"] if place or linked else "选择记录"
        opening = '<{} class="{}" data-label="{}">'
        columns.append(
            Column(
                name,
                format_html(opening, tag, classes, label),
                format_html(opening, tag, f"{classes} nowrap", label),
                format_html("</{}>", tag),
                linked,
            )
        )
    return columns


def _cell(cl: ChangeList, row: models.Model, column: Column, kept: str) -> tuple[str, Any, str]:
    text, unbroken = _text(cl, row, column.name)
    if column.linked:
        link = '<a href="{}{}" class="{}">{}</a>'
        text = format_html(link, cl.url_for_result(row), kept, " ".join(LINK_CLASSES), text)
    return column.unbroken if unbroken else column.opening, text, column.closing


def _text(cl: ChangeList, row: models.Model, name: str) -> tuple[Any, bool]:
    """What the cell says, and whether it stands on one line."""
    empty = cl.model_admin.get_empty_value_display()
    try:
        field, attr, value = lookup_field(name, row, cl.model_admin)
    except ObjectDoesNotExist:
        return empty, False
    empty = getattr(attr, "empty_value_display", empty)
    if field is None or field.auto_created:
        shown = display_for_value(value, empty, getattr(attr, "boolean", False))
        return shown, isinstance(value, UNBROKEN)
    if field.many_to_one or field.one_to_one:
        linked = getattr(row, field.name)
        return (empty if linked is None else linked), True
    return display_for_field(value, field, empty), isinstance(
        field, models.DateField | models.TimeField
    )


def _kept_filters(cl: ChangeList) -> str:
    """What stands behind the address of each record, so that saving leads back to this list."""
    if not cl.preserved_filters or not cl.result_list:
        return ""
    url = cl.url_for_result(cl.result_list[0])
    known = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    return add_preserved_filters(known, url).removeprefix(url)
