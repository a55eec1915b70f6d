"""What an app declares for a table: the sheet, its hooks, and what they are handed.

A sheet lives in `<app>/sheets.py` and is found by that name. The engine calls its hooks in this
order, always with whole batches, so that a hook needs a number of queries that does not grow:

    prepare(context)          once per run: make look-ups, limited to the uploader's scope
    check(rows, context)      rules between the cells of a row; a wrong cell has no value
    match(rows, context)      set `row.instance` where the register already has the row
    write(rows, context)      call the app's service; set `row.object_id` of what was created

Wherever it finds a row wrong, a hook calls `row.refuse(...)` and goes on. Two more take an import
back while its rows are untouched (`core.sheets.undo`): `withdraw` what it created, `restore` what
it changed.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from import_export.resources import Resource

from core import bulk
from core.fields import Sealed, keyed_hash
from core.models import Organisation, SheetRow, User
from core.models.sheets import ASKED
from core.sheets import limits
from core.sheets.columns import CLEAR, DANGEROUS, CellError, Column, Mended, written
from core.sheets.lookups import Lookup, LookupWidget
from core.sheets.reading import Line, Table

Outcome = SheetRow.Outcome
_UNREAD = object()  # None is what a blank cell reads as
_MARKS = re.compile(rf"(^|\x1f)'+(?=[\d{re.escape(DANGEROUS)}])\s*")


class Finding(NamedTuple):
    """What is wrong with a cell (`column` is its heading) or a whole row (`column` is empty)."""

    column: str
    code: str
    message: str
    suggestion: str = ""

    @property
    def question(self) -> str:
        """The suggestion as a question; several stand in it as “甲”或“乙”."""
        return f"是否为“{self.suggestion}”？" if self.suggestion else ""


@dataclass
class Context:
    """Who imports or exports what, where; and the look-ups that `prepare` has made."""

    sheet: "Sheet"
    organisation: Organisation
    by: User
    lookups: dict[str, Lookup] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)  # whatever else the sheet keeps for a run
    read: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))  # by `clean`

    def visible(self, model: type[models.Model], permission: str | None = None) -> models.QuerySet:
        """The rows of a scoped model that this run may refer to."""
        return model.objects.visible_to(self.by, permission).within(self.organisation)

    def look_up_organisations(self, permission: str | None = None) -> None:
        """Make `lookups["organisation"]`: those in reach, by code, name and short name.

        `permission` defaults to the sheet's own. What lies outside is as unknown as what does not
        exist.
        """
        self.lookups["organisation"] = Lookup(
            self.visible(Organisation, permission or self.sheet.permission),
            code="code",
            names=["name", "short_name"],
            more=["path"],
        )


class Row:
    """One row on its way in.

    `values` maps the names of columns to cleaned values. A blank cell has no entry: it says nothing
    and changes nothing. A cell with 清空 has the value None. `instance` is the register's own row,
    `changed` the names of the columns that differ from it.
    """

    __slots__ = (
        "before",
        "cells",
        "changed",
        "digest",
        "errors",
        "instance",
        "key",
        "label",
        "number",
        "object_id",
        "outcome",
        "remarks",
        "sheet",
        "values",
    )

    def __init__(self, sheet: "Sheet", number: int, cells: dict[str, str]) -> None:
        self.sheet, self.number, self.cells = sheet, number, cells
        self.values: dict[str, Any] = {}
        self.errors: list[Finding] = []
        self.remarks: list[Finding] = []
        self.instance: Any = None
        self.changed: frozenset[str] = frozenset()
        self.outcome: str = ""
        self.object_id = ""
        self.before = ""  # the changed columns as they were, see `Sheet.stored_values`
        self.label = ""
        self.digest = b""
        self.key = ""  # the row key of an earlier import, if the file came back from one

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def assign(self, instance: models.Model, names: Iterable[str]) -> None:
        """Put the named values on a row of the register; see `given`."""
        for name, value in self.given(type(instance), names).items():
            setattr(instance, name, value)

    def draft(self, model: type[models.Model], names: Iterable[str], **more: Any) -> models.Model:
        """An unsaved row of the register with the named values, and more of them; see `given`."""
        return bulk.draft(model, {**self.given(model, names), **more})

    def given(self, model: type[models.Model], names: Iterable[str]) -> dict[str, Any]:
        """The named values, for fields of the model that are called alike.

        What the file does not say is left out; an emptied cell (清空) empties the field.
        """
        values = self.values
        return {
            name: _emptied(model, name) if (value := values[name]) is None else value
            for name in names
            if name in values
        }

    def refuse(
        self, code: str, message: str, *, column: str = "", suggestion: str | None = None
    ) -> None:
        """Reject the row: `column` is the name of a column, or empty for the row as a whole.

        `{value}` in the message and the suggestion are masked where the column is personal.
        """
        self.errors.append(self._finding(column, code, message, suggestion))

    def suggest(self, suggestion: str, *, column: str, codes: Container[str]) -> None:
        """Say what was perhaps meant in a column that was refused with one of these codes."""
        declared: Column = self.sheet.fields[column]
        shown = declared.personal(suggestion) if declared.personal else suggestion
        self.errors[:] = [
            finding._replace(suggestion=shown)
            if finding.column == declared.heading and finding.code in codes
            else finding
            for finding in self.errors
        ]

    def remark(self, code: str, message: str, *, column: str = "") -> None:
        """Say that something was put right."""
        self.remarks.append(self._finding(column, code, message, None))

    def _finding(self, name: str, code: str, message: str, suggestion: str | None) -> Finding:
        if not name:
            return Finding("", code, message, suggestion or "")
        column: Column = self.sheet.fields[name]
        shown = column.shown(self.cells.get(name, "").strip())
        if suggestion and column.personal:
            suggestion = column.personal(suggestion)
        return Finding(column.heading, code, message.replace("{value}", shown), suggestion or "")


def _emptied(model: type[models.Model], name: str) -> str | None:
    """What the field holds when it is empty."""
    field = model._meta.get_field(name)
    return "" if field.empty_strings_allowed and not field.null else None


@dataclass
class Written:
    """One row that an import wrote, on its way back.

    `before` has the changed columns as they were (see `Sheet.former`); of a created row whatever
    `write` has noted about what was there already.
    """

    number: int
    instance: Any
    before: dict[str, Any]


class Sheet(Resource):
    """One kind of table, in and out. Subclass, declare `Column`s, fill `Meta`, `@register`.

    Meta:
        name              how commands and addresses call it: "members"
        label             what people call it: 会员名册
        model             the model whose rows they are
        import_id_fields  the columns that tell rows apart within a file; () for none
        described_by      the columns by which people know a row; by default the above
        permission        what the uploader must hold in the organisation
        export_permission defaults to `permission`
        purpose           why the data are collected; stands on every export
        notes             further sentences for the template's 填写说明
        page              the address (its name) in the portal that lists the rows, if one does
        parts             what a record consists of beside its row of `model`: pairs of a model and
                          the lookup from there to the record. Whoever changes a part has touched
                          the record; parts go with a created record unless `before` says otherwise
    """

    class Meta:
        name = ""
        label = ""
        permission = ""
        export_permission = ""
        purpose = "工会业务办理"
        notes: ClassVar[Sequence[str]] = ()
        import_id_fields: ClassVar[Sequence[str]] = ()
        page = ""
        described_by: ClassVar[Sequence[str]] = ()
        parts: ClassVar[Sequence[tuple[type[models.Model], str]]] = ()

    fields: dict[str, Column]

    # --- what an app fills in

    def prepare(self, context: Context) -> None:
        """Make look-ups and whatever else the run needs, in a fixed number of queries."""

    def check(self, rows: Sequence[Row], context: Context) -> None:
        """Rules between cells. Every row comes here, also one that is already refused."""

    def match(self, rows: Sequence[Row], context: Context) -> None:
        """Set `row.instance` where the register has the row; refuse what is ambiguous.

        Only rows without errors come here. What lies outside of the uploader's scope must be
        refused in words that do not tell whether it exists elsewhere, and where.
        """

    def write(self, rows: Sequence[Row], context: Context) -> None:
        """Store rows that are to be created (`instance` is None) or updated, by the app's service.

        Runs inside a transaction. For a created row set `row.object_id` (or `row.instance`), and
        `row.before` to JSON about parts that were registered already and shall stay. A row
        that is refused here must not have been written. A `Refused` or `IntegrityError` makes the
        engine roll the batch back and try its rows one by one, to name the one that is wrong.
        """
        raise NotImplementedError(f"{type(self).__name__} writes nothing")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        """Remove what an import created, with its parts, by the app's service; the newest first."""
        raise NotImplementedError(f"{type(self).__name__} takes nothing back")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        """Write records whose columns have their former values again (`put_back` has set them)."""
        raise NotImplementedError(f"{type(self).__name__} takes nothing back")

    def recall(self, records: models.QuerySet) -> models.QuerySet:
        """Records joined with whatever `withdraw` and `restore` need of them."""
        return records

    def former(self, name: str, instance: Any) -> Any:
        """What the register has in a column, as JSON takes it: text, number, or a row's number."""
        value = self.fields[name].get_value(instance)
        if isinstance(value, Sealed):
            return value.clear()
        return value.pk if isinstance(value, models.Model) else value

    def rows(self, context: Context) -> models.QuerySet:
        """The rows of an export, in a stable order, joined so that no column needs a query."""
        return context.visible(self._meta.model, self.export_permission).order_by("pk")

    def differing(self, row: Row) -> Iterable[str]:
        """The names of the columns in which `row.values` differ from `row.instance`."""
        for name, value in row.values.items():
            column = self.fields[name]
            if column.readonly or column.attribute is None:
                continue
            stored = column.get_value(row.instance)
            if isinstance(stored, Sealed) and not isinstance(value, Sealed):
                stored = stored.clear()
            if isinstance(value, models.Model) and not isinstance(stored, models.Model | None):
                # A reference that is exported by the code of its target: `organisation__code`.
                value = getattr(value, column.attribute.rpartition("__")[2])
            if stored != value and not (value is None and stored == ""):
                yield name

    def describe(self, row: Row) -> str:
        """What the row is called in lists of results, masked where personal."""
        names = self._meta.described_by or self._meta.import_id_fields or list(self.fields)[:1]
        cells = (self.fields[name].shown(row.cells.get(name, "").strip()) for name in names)
        return " ".join(cell for cell in cells if cell)

    def row_key(self, row: Row) -> Sequence[Any] | None:
        """What may stand in a file once; None where a part of it is missing or wrong.

        Only the columns of `import_id_fields` are cleaned when it is asked.
        """
        names = self._meta.import_id_fields
        parts = [row.values.get(name) for name in names]
        return parts if names and None not in parts else None

    # --- what the engine derives

    @property
    def name(self) -> str:
        return self._meta.name

    @property
    def label(self) -> str:
        return self._meta.label

    @property
    def permission(self) -> str:
        return self._meta.permission

    @property
    def export_permission(self) -> str:
        return self._meta.export_permission or self._meta.permission

    @property
    def purpose(self) -> str:
        return self._meta.purpose

    @property
    def page(self) -> str:
        return self._meta.page

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns in the order of the template."""
        return dict(self.fields)

    @cached_property
    def incoming(self) -> list[tuple[str, Column]]:
        """The columns that are read."""
        return [(name, column) for name, column in self.fields.items() if not column.readonly]

    @cached_property
    def referring(self) -> list[str]:
        """The columns that name other rows of the register: cleaning them asks the database."""
        widgets = ((name, column.widget) for name, column in self.incoming)
        return [name for name, widget in widgets if isinstance(widget, LookupWidget)]

    @cached_property
    def plain(self) -> list[str]:
        """The other columns, which the text of a cell alone decides about."""
        return [name for name, _ in self.incoming if name not in self.referring]

    def rows_of(
        self, lines: Iterable[Line], table: Table, names: Iterable[str] | None = None
    ) -> list[Row]:
        """The texts of lines by the names of columns (or of these only), nothing cleaned yet."""
        headings = {name: column.column_name for name, column in self.incoming}
        places = {
            name: table.places[headings[name]]
            for name in (headings if names is None else names)
            if headings[name] in table.places
        }
        rows = []
        for number, cells, _ in lines:
            texts = {name: cells[place] for name, place in places.items()}
            row = Row(self, number, texts)
            if table.key_place is not None:
                row.key = cells[table.key_place].strip()
            rows.append(row)
        return rows

    def clean(
        self, rows: Sequence[Row], context: Context, names: Iterable[str] | None = None
    ) -> None:
        """Clean every cell of the rows (or only the named columns); every wrong one is noted.

        Texts repeat from row to row, but for identifiers: what a column made of one is remembered.
        """
        for name in dict(self.incoming) if names is None else names:
            read = context.read[name]
            if len(read) > limits.REMEMBERED:
                read.clear()
            if isinstance(self.fields[name].widget, LookupWidget):
                self._look_up(rows, name, context)
            for row in rows:
                text = row.cells.get(name)
                if text is None:
                    continue
                value = read.get(text, _UNREAD) if type(text) is str else _UNREAD
                if value is _UNREAD:
                    self._clean_cell(row, name, text, context)
                elif value is not None:
                    row.values[name] = value

    def _look_up(self, rows: Sequence[Row], name: str, context: Context) -> None:
        """Ask for what a column refers to, once for all rows."""
        read, table = context.read[name], context.lookups[self.fields[name].widget.lookup]
        texts = {row.cells.get(name) or "" for row in rows}
        table.learn({written(text) for text in texts if text not in read} - {"", CLEAR})

    def _clean_cell(self, row: Row, name: str, text: str, context: Context) -> None:
        column, read = self.fields[name], context.read[name]
        if text.strip() == CLEAR and not column.required:
            row.values[name] = None
            return
        try:
            value = column.clean_cell(text, context)
        except CellError as error:
            row.refuse(error.code, error.message, column=name, suggestion=error.suggestion)
            return
        if isinstance(value, Mended):
            for code, message in value.remarks:
                row.remark(code, message, column=name)
            value = value.value
        elif type(text) is str and not column.identifier:
            read[text] = value
        if value is not None:
            row.values[name] = value

    def digest(self, row: Row) -> bytes:
        """Keyed digest of the row's texts: whether it comes back as it was."""
        cells = row.cells
        text = "\x1f".join([cells.get(name, "").strip() for name, _ in self.incoming])
        if "'" in text:  # the mark of text that our own workbook has put there
            text = _MARKS.sub(r"\1", text)
        return self._keyed_hash(text)[:16]

    @cached_property
    def _keyed_hash(self) -> Callable[[str], bytes]:
        return keyed_hash(f"sheet:{self.name}\x1e".encode())

    def key_digest(self, row: Row) -> int | None:
        """64 bits of the row's key, for finding it twice in a file of any size."""
        parts = self.row_key(row)
        if parts is None:
            return None
        text = "\x1f".join(str(part.pk if hasattr(part, "pk") else part) for part in parts)
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())

    def stored_values(self, row: Row) -> str:
        """The changed columns as the register has them, as JSON, for taking the import back."""
        values = {name: self.former(name, row.instance) for name in sorted(row.changed)}
        return json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)

    def put_back(self, row: Written) -> None:
        """Set the columns of the record to what they were; those without attribute are left."""
        for name, value in row.before.items():
            if path := self.fields[name].attribute:
                *way, last = path.split("__")
                target = row.instance
                for step in way:
                    target = getattr(target, step)
                field = target._meta.get_field(last)
                setattr(target, field.attname, field.to_python(value))


class Registry(dict[str, type[Sheet]]):
    """The sheets by name; a name stands once."""

    def add(self, sheet: type[Sheet]) -> type[Sheet]:
        name = sheet._meta.name
        for needed in ("name", "label", "model", "permission"):
            if not getattr(sheet._meta, needed, None):
                raise ValueError(f"{sheet.__name__}.Meta.{needed} is missing")
        if name in self:
            raise ValueError(f"sheet {name} is declared twice")
        unknown = [key for key in sheet._meta.import_id_fields if key not in sheet.fields]
        if unknown:
            raise ValueError(f"{sheet.__name__} has no columns {unknown}")
        strangers = [key for key, column in sheet.fields.items() if not isinstance(column, Column)]
        if strangers:
            raise ValueError(f"{sheet.__name__} declares {strangers} not as Column")
        self[name] = sheet
        ASKED[name] = sheet._meta.permission
        return sheet


registry = Registry()
register = registry.add


def sheet_named(name: str) -> Sheet:
    """A fresh instance of a registered sheet, or KeyError."""
    return registry[name]()


def sheet_shown(name: str) -> Sheet:
    """A registered sheet for pages that only tell of it: one instance for all of them."""
    return _shown(registry[name])


@lru_cache
def _shown(sheet: type[Sheet]) -> Sheet:
    return sheet()  # copies every column


def labels() -> Mapping[str, str]:
    """Every sheet's name and what people call it."""
    return {name: sheet._meta.label for name, sheet in registry.items()}
