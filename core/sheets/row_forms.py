"""One row of a sheet as a form: every column a field, what is wrong at its field.

The form only carries texts. What they mean is judged by the sheet itself (`core.sheets.mending`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from core.sheets import limits
from core.sheets.columns import (
    CellError,
    Column,
    DateWidget,
    IntegerWidget,
    Mended,
    MoneyWidget,
)
from core.sheets.engine import Context, Finding
from core.sheets.lookups import LookupWidget
from core.sheets.mending import Judged

OFFERED = 50  # so many rows of the register are offered to choose from; of more the name is typed


@dataclass(frozen=True)
class Line:
    """One field as it is shown, with what is wrong there.

    `offers` are the suggestions: how the button names each, and how it shows it.
    """

    name: str
    field: forms.BoundField
    findings: list[Finding]
    offers: list[tuple[str, str]]
    is_required: bool


class RowForm(forms.Form):
    """The texts of one row. Nothing is required here: the sheet says so, in its own words."""

    def __init__(self, data: Any = None, *, judged: Judged) -> None:
        super().__init__(data, label_suffix="")
        self.judged = judged
        wrong = {finding.column for finding in judged.errors}
        for name, column in judged.sheet.incoming:
            text = judged.shown(name)
            field, initial = _field(column, text, judged.context)
            field.label, field.help_text = column.heading, column.help_text
            field.required, field.initial = False, initial
            attrs = field.widget.attrs
            attrs["class"] = (
                "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            )
            if column.heading in wrong:
                attrs["class"] += " is-invalid"
                attrs |= {"aria-invalid": "true", "aria-describedby": f"id_{name}-error-1"}
            self.fields[name] = field

    def lines(self) -> Iterator[Line]:
        for name, column in self.judged.sheet.incoming:
            findings = [one for one in self.judged.errors if one.column == column.heading]
            mask = column.personal or str
            offers = [
                (f"{name}:{place}", mask(offer))
                for place, offer in enumerate(self.judged.offers.get(name, []))
            ]
            yield Line(name, self[name], findings, offers, column.required)

    @property
    def first(self) -> list[Line]:
        """What is wrong, and by what the row is known."""
        sheet = self.judged.sheet
        known = {*list(sheet.fields)[:1], *sheet._meta.import_id_fields}
        return [line for line in self.lines() if line.findings or line.name in known]

    @property
    def others(self) -> list[Line]:
        first = {line.name for line in self.first}
        return [line for line in self.lines() if line.name not in first]

    @property
    def of_the_row(self) -> list[Finding]:
        """What is wrong with the row as a whole."""
        return [finding for finding in self.judged.errors if not finding.column]


def _field(column: Column, text: str, context: Context) -> tuple[forms.Field, str]:
    """The field of a column, and the text as it stands in it."""
    widget = column.widget
    if column.choices:
        return _choice([(label, label) for label in column.choices], column, text, context)
    if isinstance(widget, LookupWidget) and (targets := _targets(widget, context)):
        return _choice(targets, column, text, context)
    if isinstance(widget, DateWidget):
        day = _day(widget, text)
        if day or not text.strip():
            bounds = {"min": widget.earliest.isoformat()}
            if widget.latest:
                bounds["max"] = widget.latest().isoformat()
            picker = forms.DateInput(attrs={"type": "date", **bounds})
            return forms.CharField(max_length=limits.MAX_CELL, widget=picker), day
    attrs = {"autocomplete": "off"}
    if isinstance(widget, IntegerWidget | MoneyWidget):
        attrs["inputmode"] = "decimal"
    return forms.CharField(max_length=limits.MAX_CELL, widget=forms.TextInput(attrs=attrs)), text


def _choice(
    options: list[tuple[str, str]], column: Column, text: str, context: Context
) -> tuple[forms.Field, str]:
    """A choice that also keeps what stands in the cell and fits none."""
    try:
        value = column.clean_cell(text, context) if text.strip() else None
    except CellError:
        value = None
    value = value.value if isinstance(value, Mended) else value
    chosen = text if value is None else str(column.widget.render(value))
    blank = [("", "请选择" if column.required else "不填")]
    strange = [] if chosen in {"", *dict(options)} else [(chosen, f"{chosen}（原填，请改选）")]
    return forms.ChoiceField(choices=[*blank, *strange, *options]), chosen


def _targets(widget: LookupWidget, context: Context) -> list[tuple[str, str]]:
    """The rows that may be referred to, if they are few enough to choose from."""
    table = context.lookups[widget.lookup]
    shown = {widget.render(row): row for row in table.few(OFFERED)}
    table.learn(shown)
    return [(text, str(row)) for text, row in shown.items() if table.find(text) == row]


def _day(widget: DateWidget, text: str) -> str:
    """The text as a date field wants it; "" where it is none."""
    try:
        day = widget.parse(text) if text.strip() else None
    except CellError:
        day = None
    return day.isoformat() if day else ""
