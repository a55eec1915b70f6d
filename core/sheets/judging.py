"""What is to happen with each row of an import: cleaned, checked, matched; nothing is written here.

What needs no database (texts, cells, digests) is done one batch ahead, a piece at a time, while the
server stores the rows before: `Judge.work_ahead` is what `core.bulk.meanwhile` is given.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q

from core.bulk import batched
from core.models import SheetImport, SheetRow
from core.sheets import limits
from core.sheets.engine import Context, Outcome, Row, Sheet
from core.sheets.reading import Line, Table

PIECE = 250  # rows that are read and cleaned in one go


class Judge:
    """Judges the rows of one run.

    `groups` has the rows that share their key with others, by number, with the numbers of all.
    """

    def __init__(
        self,
        made: SheetImport,
        table: Table,
        context: Context,
        groups: Mapping[int, Sequence[int]],
    ) -> None:
        self.made, self.table, self.context, self.groups = made, table, context, groups
        self.sheet: Sheet = context.sheet
        self.places = {column.heading: at for at, (_, column) in enumerate(self.sheet.incoming)}

    def batches(self, lines: Iterable[Line]) -> Iterator[list[Row]]:
        """The rows in batches, each judged when it is asked for, as the one before is stored."""
        self._pieces, self._ready = self._staged(lines), []
        while rows := self._take():
            self._judge(rows)
            yield rows

    def work_ahead(self) -> None:
        """Do a piece of the next batch. What goes wrong in it is told when that batch is taken."""
        if len(self._ready) < limits.BATCH:
            try:
                self._ready += next(self._pieces, [])
            except Exception as error:
                self._pieces = _failing(error)

    def _take(self) -> list[Row]:
        """The rows of the next batch: those that are ready, and what is missing."""
        while len(self._ready) < limits.BATCH and (rows := next(self._pieces, None)):
            self._ready += rows
        rows, self._ready = self._ready, []
        return rows

    def _staged(self, lines: Iterable[Line]) -> Iterator[list[Row]]:
        """The rows, in pieces, as far as the file alone says what they are."""
        sheet = self.sheet
        for piece in batched(lines, min(PIECE, limits.BATCH)):
            rows = sheet.rows_of(piece, self.table)
            sheet.clean(rows, self.context, sheet.plain)
            for row in rows:
                row.digest = sheet.digest(row)
                row.label = sheet.describe(row)[:120]
            yield rows

    def _judge(self, rows: Sequence[Row]) -> None:
        """Every cell, every rule, and what is to happen with each row."""
        sheet, context = self.sheet, self.context
        known = self._known(rows)
        sheet.clean(rows, context, sheet.referring)
        self._sort_findings(rows)
        for row in rows:
            if group := self.groups.get(row.number):
                others = "、".join(str(number) for number in group if number != row.number)
                row.refuse("duplicate_in_file", f"与第 {others} 行重复，请只保留一行。")
        sheet.check(rows, context)
        for row in rows:
            if row.number in known and row.number not in self.groups:
                row.errors.clear()  # it was right when it was stored, and it is not stored again
        open_rows = [row for row in rows if not row.errors and row.number not in known]
        _refuse_rivals(open_rows, _key)  # alike only after `check` has mended them
        open_rows = [row for row in open_rows if not row.errors]
        sheet.match(open_rows, context)
        _refuse_rivals(open_rows, _matched)
        for row in rows:
            if row.errors:
                row.outcome = Outcome.REJECTED
            elif row.number in known:
                row.outcome, row.object_id = Outcome.SAME, known[row.number]
            elif row.instance is None:
                row.outcome = Outcome.CREATED
            else:
                row.changed = frozenset(sheet.differing(row))
                row.outcome = Outcome.UPDATED if row.changed else Outcome.SAME
                row.object_id = identity(row.instance)
                row.before = sheet.stored_values(row) if row.changed else ""

    def _sort_findings(self, rows: Sequence[Row]) -> None:
        """In the order of the columns, whichever were cleaned first."""
        for row in rows:
            for findings in (row.errors, row.remarks):
                if len(findings) > 1:
                    findings.sort(key=lambda finding: self.places[finding.column])

    def _known(self, rows: Sequence[Row]) -> dict[int, str]:
        """Rows of a mended table that came back as they were and are stored already.

        They are left alone, even where the register has moved on since.
        """
        asked: dict[int, dict[int, Row]] = defaultdict(dict)
        for row in rows:
            if not row.key:
                continue
            number, _, line = row.key.partition("-")
            if number.isdecimal() and line.isdecimal() and len(row.key) < 20:
                asked[int(number)][int(line)] = row
        known = {}
        for import_id, by_line in asked.items():
            stored = SheetRow.objects.filter(
                sheet_import_id=import_id,
                sheet_import__sheet=self.made.sheet,
                sheet_import__organisation=self.made.organisation,
                number__in=list(by_line),
            ).exclude(Q(outcome=Outcome.REJECTED) | Q(sheet_import__state=SheetImport.State.UNDONE))
            for line, digest, object_id in stored.values_list("number", "digest", "object_id"):
                if bytes(digest) == by_line[line].digest:
                    known[by_line[line].number] = object_id
        return known


def _failing(error: Exception) -> Iterator[list[Row]]:
    raise error
    yield


def identity(instance: Any) -> str:
    """The key of a record, as results of rows keep it."""
    return str(instance["pk"] if isinstance(instance, dict) else instance.pk)


def _refuse_rivals(rows: Sequence[Row], claim: Callable[[Row], Hashable | None]) -> None:
    """Rows of one batch that claim the same record say different things about it."""
    claims: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.errors and (claimed := claim(row)) is not None:
            claims[claimed].append(row)
    for claimants in claims.values():
        for row in claimants if len(claimants) > 1 else ():
            others = "、".join(str(other.number) for other in claimants if other is not row)
            row.refuse("duplicate_in_file", f"与第 {others} 行是同一条记录，请只保留一行。")


def _key(row: Row) -> Hashable | None:
    parts = row.sheet.row_key(row)
    return parts and tuple(parts)


def _matched(row: Row) -> str | None:
    return None if row.instance is None else identity(row.instance)
