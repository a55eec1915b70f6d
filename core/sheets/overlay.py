"""An uploaded table with the rows that were mended by form laid over it. Reads no model's rows.

The upload itself is never altered: what a person changed stands beside it, and this shows the two
as one table to whatever reads lines, and to the workbook that goes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.sheets.headings import ROW_KEY, Heading
from core.sheets.reading import Line, Table
from core.sheets.sources import Source

Mends = Mapping[int, Mapping[str, str] | None]
LEFT_OUT = "选择不导入的行"  # the note of a line that somebody chose to leave out


def laid_over(
    table: Table, mends: Mends, columns: Sequence[tuple[str, Heading]], *, key: str = ""
) -> Table:
    """The table with each row of `mends` (row number to texts by column name) in place of its own.

    None leaves a row out; a column that is not named stays as the file has it. A mend may fill
    columns that the file has not: they stand behind its own. `key` names the import whose rows
    these are; with it every row has that import's row key.
    """
    headings, places = list(table.headings), dict(table.places)
    for heading, place in sorted(places.items(), key=lambda item: item[1]):
        if place >= len(headings):  # a column that the file itself has not
            headings += [""] * (place - len(headings)) + [heading]
    for _, column in columns:
        if column.column_name not in places:
            places[column.column_name] = len(headings)
            headings.append(column.column_name)
    if table.key_place is None:
        headings.append(ROW_KEY)
    key_place = len(headings) - 1 if table.key_place is None else table.key_place
    place_of = {name: places[column.column_name] for name, column in columns}
    cells_at = {
        number: cells and {place_of[name]: text for name, text in cells.items() if name in place_of}
        for number, cells in mends.items()
    }
    own = {"headings": headings, "places": places, "key_place": key_place}
    laid = _Overlay(**(vars(table) | own), below=table, cells_at=cells_at, key=key)
    laid.source = _Rows(laid)
    return laid


@dataclass(kw_only=True)
class _Overlay(Table):
    below: Table
    cells_at: Mapping[int, Mapping[int, str] | None]  # by place rather than by name
    key: str

    def lines(self) -> Iterator[Line]:
        for line in self.below.lines():
            if line.note:
                yield line
            elif line.number in self.cells_at and self.cells_at[line.number] is None:
                yield Line(line.number, line.cells, LEFT_OUT)
            else:
                yield Line(line.number, self.mended(line.number, line.cells))

    def mended(self, number: int, cells: Sequence[str]) -> list[str]:
        row = [*cells, *[""] * (len(self.headings) - len(cells))]
        for place, text in (self.cells_at.get(number) or {}).items():
            row[place] = text
        if self.key and number > self.heading_row:
            row[self.key_place or 0] = f"{self.key}-{number}"
        return row


class _Rows(Source):
    """The rows of the sheet as the workbook that goes back has them: without those left out."""

    def __init__(self, laid: _Overlay) -> None:
        self.laid, self.told = laid, laid.below.source.told

    def rows(self) -> Iterator[list[str]]:
        laid = self.laid
        for number, cells in enumerate(laid.below.source.rows(), start=1):
            if number == laid.heading_row:
                yield [*laid.headings]
            elif number < laid.heading_row or not any(cells):
                yield cells
            elif number in laid.cells_at and laid.cells_at[number] is None:
                yield []
            else:
                yield laid.mended(number, cells)
