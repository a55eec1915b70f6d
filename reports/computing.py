"""From a text to frozen figures: which codes, in which splits, computed in one snapshot."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core import indicators
from core.errors import Refused
from core.models import Organisation
from core.periods import Period
from reports import crosschecks, explaining, ranges, tokens, wording
from reports.models import Draft

AT_ONCE = 10 * indicators.EXACT_IDS  # rows whose identities are read in one query


@dataclass(frozen=True)
class Needs:
    """The codes a text asks for: whole, and by split. In order of appearance."""

    whole: tuple[str, ...]
    split: dict[str, tuple[str, ...]]


def needs(draft: Draft) -> Needs:
    whole: dict[str, None] = {}
    split: dict[str, dict[str, None]] = {}
    for chapter in draft.everything():
        whole.update(dict.fromkeys(tokens.codes(chapter)))
        for block in chapter.blocks:
            match block:
                case tokens.TableOf(codes=codes, by=by):
                    split.setdefault(by, {}).update(dict.fromkeys(codes))
                case tokens.ChartOf(code=code, by=by):
                    split.setdefault(by, {})[code] = None
    return Needs(tuple(whole), {by: tuple(codes) for by, codes in split.items()})


def printed(draft: Draft) -> dict[str, str]:
    """The style in which the text first prints each code."""
    styles: dict[str, str] = {}
    for chapter in draft.everything():
        for block in chapter.blocks:
            if isinstance(block, tokens.Heading | tokens.Paragraph):
                for part in block.parts:
                    if isinstance(part, tokens.Token):
                        styles.setdefault(part.code, part.style)
    return styles


def compute(
    draft: Draft, organisation: Organisation, period: Period
) -> tuple[list[dict[str, Any]], list[str]]:
    """The figures of a run as plain values, and what contradicts itself, from one snapshot.

    Figures that others are computed from, or checked against, are frozen too, so that a rate opens
    both its sides.
    """
    with indicators.snapshot():
        return _Computation(draft, organisation, period).result()


class _Computation:
    """One reading of the database for one run."""

    def __init__(self, draft: Draft, organisation: Organisation, period: Period) -> None:
        self.organisation, self.period = organisation, period
        self.known = indicators.catalogue()
        self.asked, self.styles = needs(draft), printed(draft)

    def result(self) -> tuple[list[dict[str, Any]], list[str]]:
        at = {"organisation": self.organisation, "period": self.period}
        whole = self.with_leaves(self.asked.whole)
        more, before = crosschecks.wanted(whole)
        whole = self.with_leaves([*whole, *sorted(more & self.known.keys())])
        figures = indicators.compute(whole, **at)
        earlier = indicators.compute(
            sorted(before & self.known.keys()),
            organisation=self.organisation,
            period=self.period.previous_year(),
        )
        parts = {
            by: indicators.compute(self.with_leaves(codes), by=by, **at)
            for by, codes in self.asked.split.items()
        }
        wholes = indicators.identities_of_wholes(
            [
                figure.code
                for figure in figures
                if figure.value is not None and not self.known[figure.code].uses()
            ],
            **at,
        )
        rows = [self.frozen(figure, "", wholes.get(figure.code, {})) for figure in figures]
        for by, several in parts.items():
            for code, pieces in _by_code(several).items():
                identities = self.part_identities(code, by, pieces, wholes.get(code, {}))
                rows += [self.frozen(each, by, identities.get(each.key, {})) for each in pieces]
        return rows, list(self.findings(figures, earlier, parts))

    def with_leaves(self, codes: Iterable[str]) -> list[str]:
        """The codes, and after them those that they are computed from."""
        codes = list(codes)
        leaves = [leaf for code in codes for leaf in self.leaves(code)]
        return list(dict.fromkeys([*codes, *leaves]))

    def leaves(self, code: str) -> list[str]:
        if code not in self.known:
            raise Refused(
                f"没有编码为“{code}”的指标，请在报告定义中修改后重新生成。",
                code="unknown_indicator",
            )
        uses = self.known[code].uses()
        return [leaf for used in uses for leaf in self.leaves(used) or [used]]

    def part_identities(
        self,
        code: str,
        by: str,
        pieces: list[indicators.Figure],
        whole: dict[str, Any],
    ) -> dict[str | None, dict[str, Any]]:
        """Of each part; all at once where the rows are few enough, and from the digests of the
        whole where they are many."""
        if self.known[code].uses():
            return {}
        at = {"organisation": self.organisation, "period": self.period, "by": by}
        told = [piece for piece in pieces if piece.value is not None]
        found: dict[str | None, dict[str, Any]] = {}
        if isinstance(self.known[code], indicators.Indicator):
            small = [piece for piece in told if piece.rows <= indicators.EXACT_IDS]
            for some in _in_portions(small):
                found |= indicators.identities_of_parts(code, keys=some, **at)
            if by == indicators.CHILD and "parts" in whole:
                large = [piece.key for piece in told if piece.rows > indicators.EXACT_IDS]
                found |= {key: indicators.of_child(whole, key) for key in large}
        rest = [piece.key for piece in told if piece.key not in found]
        return found | {key: indicators.identities(code, key=key, **at) for key in rest}

    def frozen(
        self, figure: indicators.Figure, split: str, identities: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One figure as plain values."""
        definition = self.known[figure.code]
        kept = dict(identities)
        if "ids" in kept:
            kept["ids"] = ranges.pack(kept["ids"])
        style = "" if split else self.styles.get(figure.code, "")
        try:
            text = (
                ""
                if figure.value is None
                else wording.written(figure.value, str(figure.unit), style)
            )
        except wording.WordingError as error:
            raise Refused(f"“{figure.label}”：{error}", code="not_written") from error
        terms = explaining.terms(definition, self.known, self.period)
        return {
            "code": figure.code,
            "split": split,
            "key": figure.key or "",
            "label": figure.label,
            "key_label": figure.key_label if split else "",
            "unit": str(figure.unit),
            "value": None if figure.value is None else str(figure.value),
            "printed": text,
            "rows": figure.rows,
            "digest": kept.get("digest", ""),
            "identities": kept,
            "definition": {**definition.as_json(), "terms": [list(term) for term in terms]},
            "parts": list(dict.fromkeys(self.leaves(figure.code))),
            "note": figure.note,
        }

    def findings(
        self,
        figures: list[indicators.Figure],
        earlier: list[indicators.Figure],
        parts: dict[str, list[indicators.Figure]],
    ) -> Iterator[str]:
        values = {figure.code: figure.value for figure in figures}
        labels = {figure.code: figure.label for figure in figures}
        for figure in figures:
            if figure.code in self.asked.whole and figure.value is None:
                yield f"“{figure.label}”没有数值：{figure.note or '分母为零或未填报'}。"
        # Unions come and go between the subtrees of a city, never out of the city.
        top = self.organisation.depth == 1
        then = {figure.code: figure.value for figure in earlier} if top else {}
        yield from crosschecks.contradictions(values, then, labels)
        for by, several in parts.items():
            for code, pieces in _by_code(several).items():
                if self.adds_up(code, by):
                    numbers = [piece.value for piece in pieces]
                    yield from crosschecks.unequal_parts(labels[code], values[code], numbers)

    def adds_up(self, code: str, by: str) -> bool:
        """Whether the parts of the split make the whole: stocks of twelve months do not."""
        definition = self.known[code]
        if not indicators.is_additive(definition, self.known):
            return False
        if by == indicators.MONTH:
            return indicators.is_flow(definition, self.known)
        return by == indicators.CHILD


def _by_code(figures: Iterable[indicators.Figure]) -> dict[str, list[indicators.Figure]]:
    found: dict[str, list[indicators.Figure]] = {}
    for figure in figures:
        found.setdefault(figure.code, []).append(figure)
    return found


def _in_portions(pieces: Iterable[indicators.Figure]) -> Iterator[list[str | None]]:
    """The keys of the parts, as many together as may be read at once."""
    keys: list[str | None] = []
    rows = 0
    for piece in pieces:
        if keys and rows + piece.rows > AT_ONCE:
            yield keys
            keys, rows = [], 0
        keys.append(piece.key)
        rows += piece.rows
    if keys:
        yield keys
