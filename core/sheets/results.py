"""What became of each row of an import, as it is stored."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import Any

from core import bulk
from core.fields import encrypt_many
from core.models import SheetImport, SheetRow
from core.sheets.engine import Outcome, Row

_BEFORE = SheetRow._meta.get_field("before")


class Results:
    """Results of rows, kept on disk until the fate of what they tell about is known.

    A strict import that is rolled back must not take its findings along. A line of the file holds
    one batch, column by column.
    """

    def __init__(self, made: SheetImport) -> None:
        self.made = made
        self.counts: Counter[str] = Counter()
        self.withdrawn = False

    def __enter__(self) -> "Results":
        self.stream = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def add(self, rows: Sequence[Row]) -> None:
        self.counts.update(row.outcome for row in rows)
        befores = ["" if row.outcome == Outcome.REJECTED else row.before for row in rows]
        changed = [before for before in befores if before]
        sealed = iter(encrypt_many(changed, bound_to=_BEFORE.bound_to))  # never in clear on disk
        batch = {
            "number": [row.number for row in rows],
            "outcome": [row.outcome for row in rows],
            "label": [row.label for row in rows],
            "object_id": [row.object_id for row in rows],
            "errors": [row.errors and [found._asdict() for found in row.errors] for row in rows],
            "remarks": [row.remarks and [found._asdict() for found in row.remarks] for row in rows],
            "digest": [row.digest.hex() for row in rows],
            "before": [next(sealed).hex() if before else None for before in befores],
        }
        self.stream.write(json.dumps(batch, ensure_ascii=False) + "\n")

    def withdraw(self) -> None:
        """Nothing was written: what would have been is rejected with the others."""
        self.withdrawn = True
        for outcome in (Outcome.CREATED, Outcome.UPDATED):
            self.counts[Outcome.REJECTED] += self.counts.pop(outcome, 0)

    def store(self) -> None:
        self.stream.seek(0)
        for line in self.stream:
            batch = json.loads(line)
            if self.withdrawn:
                self._withdraw(batch)
            for name in ("digest", "before"):
                batch[name] = [text and bytes.fromhex(text) for text in batch[name]]
            count = len(batch["number"])
            bulk.insert(SheetRow, {"sheet_import_id": [self.made.pk] * count, **batch})

    @staticmethod
    def _withdraw(batch: dict[str, list[Any]]) -> None:
        for place, outcome in enumerate(batch["outcome"]):
            if outcome == Outcome.CREATED:
                batch["object_id"][place] = ""
            if outcome in (Outcome.CREATED, Outcome.UPDATED):
                batch["outcome"][place], batch["before"][place] = Outcome.REJECTED.value, None
