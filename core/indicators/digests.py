"""Which rows stood behind a figure, in a form that can be kept and compared later."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import Count
from django.db.models.functions import TruncMonth, TruncYear

from core.errors import Refused
from core.indicators.catalogue import catalogue, find
from core.indicators.counting import common_to, condition, shared
from core.indicators.declarations import Flow, Indicator, dataset_of
from core.indicators.drilldown import rows
from core.indicators.slices import CHILD, MONTH, Slice, children, constant, month_of
from core.models import Organisation
from core.periods import Period

EXACT_IDS = 20_000


def identities(
    code: str,
    *,
    organisation: Organisation,
    period: Period,
    by: str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Which rows stand behind a figure, in a form that can be kept (JSON) and compared later.

    Up to 20,000 rows `count`, their `ids`, and `digest`: SHA-256 over the ids in rising order, one
    a line. Above that `parts`: count and digest by child organisation and month (of a stock: year)
    of the row's date, so that drift can still be located; `digest` is then that of the parts, as
    `of_parts` gives it.
    """
    found = rows(code, organisation=organisation, period=period, by=by, key=key)
    ids = _few(found)
    if ids is not None:
        return exactly(ids)
    indicator = find(code, catalogue())
    assert isinstance(indicator, Indicator)  # noqa: S101 - others have no such number of rows
    return of_parts(part for _, part in _located([indicator], organisation, period, by, key))


def identities_of_wholes(
    codes: Iterable[str], *, organisation: Organisation, period: Period
) -> dict[str, dict[str, Any]]:
    """`identities` of several figures: many rows are read once for each dataset and date rule."""
    known, found = catalogue(), {}
    passes: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for code in codes:
        indicator = find(code, known)
        ids = _few(rows(code, organisation=organisation, period=period))
        if ids is not None:
            found[code] = exactly(ids)
        else:
            passes[indicator.dataset, indicator.date].append(indicator)
    for several in passes.values():
        parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for code, part in _located(several, organisation, period):
            parts[code].append(part)
        found |= {each.code: of_parts(parts[each.code]) for each in several}
    return found


def _few(found: models.QuerySet) -> list[int] | None:
    """The ids of the rows, rising; None when they are too many to be kept."""
    ids = sorted(found.order_by().values_list("pk", flat=True)[: EXACT_IDS + 1])
    return ids if len(ids) <= EXACT_IDS else None


def exactly(ids: list[int]) -> dict[str, Any]:
    """The identities of a few rows, their ids rising."""
    return {"count": len(ids), "digest": digest(ids), "ids": ids}


def of_parts(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The identities of many rows from those of their parts."""
    parts = sorted(parts, key=lambda part: (part["child"], part["date"]))
    lines = "".join("{child} {date} {count} {digest}\n".format(**part) for part in parts)
    return {
        "count": sum(part["count"] for part in parts),
        "digest": hashlib.sha256(lines.encode()).hexdigest(),
        "parts": parts,
    }


def of_child(whole: dict[str, Any], key: str) -> dict[str, Any]:
    """From the identities of many rows those of one part of the split by child."""
    return of_parts(part for part in whole["parts"] if part["child"] == key)


def identities_of_parts(
    code: str, *, organisation: Organisation, period: Period, by: str, keys: Collection[str]
) -> dict[str, dict[str, Any]]:
    """`identities` with `ids` of several parts of a split at once: as few queries as `compute`.

    The caller knows that the rows of these parts together are not too many to be read.
    """
    indicator = find(code, catalogue())
    if not isinstance(indicator, Indicator):
        raise Refused(f"“{indicator.label}”不由明细行统计。", code="derived")
    ids: dict[str, list[int]] = {key: [] for key in keys}
    part = Slice(dataset_of(indicator), indicator.date, period, organisation)
    below = Organisation.objects.filter(code__in=ids).order_by().values("pk")
    for rows_of, key_of in part.split(by):
        found = rows_of.filter(condition(indicator)).order_by("pk")
        if "part" not in found.query.annotations:
            if key_of(None) in ids:
                ids[key_of(None)] = list(found.values_list("pk", flat=True))
            continue
        if by == CHILD:
            found = found.filter(part__in=below)
        for value, pk in found.values_list("part", "pk"):
            key = key_of(value)
            if key in ids:
                ids[key].append(pk)
    return {key: exactly(found) for key, found in ids.items()}


def _located(
    indicators: Sequence[Indicator],
    organisation: Organisation,
    period: Period,
    by: str | None = None,
    key: str | None = None,
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Of indicators of one dataset and date rule: count and digest by the child that the rows stood
    under and the month (stock: year) of their date; reckoned by the database."""
    dataset, common = dataset_of(indicators[0]), shared(indicators)
    meant = common_to(indicators)
    if by == MONTH:
        period = month_of(period, key)
    elif by and by != CHILD:
        meant &= dataset.condition_of_key(by, key)
    part = Slice(dataset, indicators[0].date, period, organisation)
    rule = part.rule
    day = TruncMonth(rule.field) if isinstance(rule, Flow) else TruncYear(rule.start)
    written = "{:%Y-%m}" if isinstance(rule, Flow) else "{:%Y}"
    wanted: dict[str, Any] = {}
    for place, each in enumerate(indicators):
        only = condition(each, common) or None
        wanted[f"count{place}"] = Count("pk", filter=only)
        wanted[f"digest{place}"] = IdDigest(Ids("pk", filter=only))
    codes = {pk: row.code for pk, row in children(organisation, period).items()}
    own = organisation.code
    for found, code_of in ((part.children(), codes.__getitem__), (part.own(), constant(own))):
        groups = ["part", "day"] if "part" in found.query.annotations else ["day"]
        lines = found.filter(meant).annotate(day=day).values(*groups).annotate(**wanted)
        for line in lines:
            child = code_of(line.get("part"))
            if by == CHILD and child != key:
                continue
            date = "" if line["day"] is None else written.format(line["day"])
            for place, each in enumerate(indicators):
                if count := line[f"count{place}"]:
                    digest = line[f"digest{place}"]
                    told = {"child": child, "date": date, "count": count, "digest": digest}
                    yield each.code, told


class Ids(models.Aggregate):
    """The ids of a group, rising; on SQLite, which has no such type, already their digest."""

    template = "array_agg(%(expressions)s ORDER BY %(expressions)s)"
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        connection.ensure_connection()
        connection.connection.create_aggregate("digest_of_ids", 1, _Digest)
        digests = self.copy()
        digests.template = "digest_of_ids(%(expressions)s)"
        return digests.as_sql(compiler, connection, **context)


class IdDigest(models.Func):
    """`digest` of `Ids`, by the database itself."""

    template = (
        "encode(sha256(convert_to("
        "array_to_string(%(expressions)s, E'\\n') || E'\\n', 'UTF8')), 'hex')"
    )
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)


class _Digest:
    """What SQLite calls for `Ids`."""

    def __init__(self) -> None:
        self.ids = array("q")

    def step(self, pk: int) -> None:
        self.ids.append(pk)

    def finalize(self) -> str:
        return digest(sorted(self.ids))


def digest(ids: Iterable[int]) -> str:
    """SHA-256 over ids in rising order, one a line."""
    state = hashlib.sha256()
    for pk in ids:
        state.update(f"{pk}\n".encode())
    return state.hexdigest()
