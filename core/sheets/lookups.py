"""References in a sheet: a cell names another row of the register, by its code or its full name.

Only what a file names is asked for, a batch at a time. Codes are found by index; the names of all
rows in reach are read the first time that a text is no code, and of them only keys are kept.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from import_export import widgets

from core import bulk
from core.sheets.columns import OR, CellError, Nearest, compact

AMBIGUOUS = object()


class Lookup:
    """Rows of the register by code and by name. A name that stands for two rows is ambiguous.

    Blanks, brackets of either width and the case of codes make no difference. A code always wins; a
    name counts while it is the only one of its kind. What lies outside of `rows` is as unknown as
    what does not exist.
    """

    def __init__(
        self, rows: models.QuerySet, *, code: str, names: Sequence[str], more: Sequence[str] = ()
    ) -> None:
        """`more` are fields that a row has, beside its key and code, when it is found."""
        self.rows, self.code, self.names = rows, code, names
        self._fields = [rows.model._meta.pk.attname, code, *more]
        self._found: dict[str, Any] = {}  # what the texts of the last batch stand for
        self._keys: dict[str, Any] | None = None
        self._nearest: Nearest | None = None

    def learn(self, texts: Iterable[str]) -> None:
        """Ask the register at once for what many texts stand for."""
        self._found = self._ask(texts)

    def find(self, text: str) -> Any:
        """The row that the text stands for, `AMBIGUOUS`, or None."""
        if text not in self._found:
            self._found |= self._ask([text])
        return self._found[text]

    def __contains__(self, text: object) -> bool:
        return self.find(str(text)) is not None

    def few(self, limit: int) -> list[Any]:
        """Every row, if they are no more than that; otherwise none."""
        found = list(self.rows[: limit + 1])
        return found if len(found) <= limit else []

    def nearest(self, text: str) -> str | None:
        """Up to three names or codes that may be meant, each of another row, joined by `OR`."""
        if self._nearest is None:
            codes = self.rows.values_list(self.code, flat=True)
            self._nearest = Nearest([*self._by_key, *codes.iterator()])
        near = self._nearest.some(_like(text))
        found: dict[int, str] = {}
        for key, row in self._ask(near).items():
            if row is not None and row is not AMBIGUOUS:
                found.setdefault(row.pk, key)
        written = self.rows.filter(pk__in=found).values_list("pk", self.code, *self.names)
        texts = {pk: [text for text in texts if text] for pk, *texts in written}
        shown = [
            next(text for text in texts[pk] if key in (text, _like(text)))
            for pk, key in found.items()
        ]
        return OR.join(shown[:3]) or None

    def _ask(self, texts: Iterable[str]) -> dict[str, Any]:
        """What each of the texts stands for: as a code, as it is or tidied, or as a name."""
        found: dict[str, Any] = dict.fromkeys(texts)
        found |= self._coded(found)
        likes = {text: _like(text) for text, row in found.items() if row is None}
        if not likes:
            return found
        coded = self._coded({like for text, like in likes.items() if like != text})
        keys = {text: self._by_key.get(like) for text, like in likes.items() if like not in coded}
        wanted = {key for key in keys.values() if key not in (None, AMBIGUOUS)}
        named = {row.pk: row for row in self._read(self.rows.filter(pk__in=wanted))}
        for text, like in likes.items():
            key = keys.get(text)
            found[text] = coded.get(like) or (key if key is AMBIGUOUS else named.get(key))
        return found

    def _coded(self, codes: Iterable[str]) -> dict[str, Any]:
        rows = self._read(self.rows.filter(**{f"{self.code}__in": list(codes)}))
        return {getattr(row, self.code): row for row in rows}

    def _read(self, rows: models.QuerySet) -> list[Any]:
        return bulk.known(rows.model, self._fields, rows.values_list(*self._fields))

    @property
    def _by_key(self) -> dict[str, Any]:
        """The number of the row, or `AMBIGUOUS`, by each name and code as `_like` has it.

        A code that is its own key is left out: it is asked of the register.
        """
        if self._keys is None:
            self._keys = {}
            for pk, code, *names in self.rows.values_list("pk", self.code, *self.names).iterator():
                for text in (code, *names):
                    if (key := _like(text)) and key != code:
                        self._keys[key] = pk if self._keys.get(key, pk) == pk else AMBIGUOUS
        return self._keys


class LookupWidget(widgets.Widget):
    """A reference to another row by its code or its full name.

    `lookup` names an entry of `context.lookups`, which the sheet's `prepare` makes of the rows in
    the uploader's scope. What is missing and what lies outside are answered with the same words.
    """

    def __init__(self, lookup: str, noun: str, *, shown: str = "name") -> None:
        super().__init__()
        self.lookup, self.noun, self.shown = lookup, noun, shown

    def clean(self, value: str, row: Any = None, context: Any = None, **kwargs: Any) -> Any:
        table: Lookup = context.lookups[self.lookup]
        found = table.find(str(value))
        if found is AMBIGUOUS:
            raise CellError("ambiguous", f"有不止一个{self.noun}叫“{{value}}”，请改填编码。")
        if found is None:
            raise CellError(
                f"unknown_{self.lookup}",
                f"在办理范围内没有{self.noun}“{{value}}”，请核对名称或编码。",
                suggestion=table.nearest(str(value)),
            )
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(getattr(value, self.shown, value))


def _like(text: str) -> str:
    return compact(text).upper()
