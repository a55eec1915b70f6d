"""How a stage is ranked from the scores of its judges. Pure and exact: fractions, no floats.

Document: 职业技能竞赛 rules as practised (weights of theory and practice, three judges at least,
highest and lowest dropped, ties by practice and then time); 竞赛方案 gives the figures.

1. A part has a weight in per cent and a maximum; the weights of a stage sum up to 100. Every judge
   scores every contestant in every part, but for those from whom he must keep away (回避): that
   seat is empty, which is never a zero.
2. One highest and one lowest score of a contestant in a part are dropped, where that is asked for
   and at least the required number of scores remains. Of equal ones it does not matter whose.
3. The points of a part are the mean of the scores that count, as a share of the maximum, times the
   weight. The total is their sum: at most 100.
4. Harshness of a judge in a part: the mean, over the contestants whom he scored together with at
   least one other judge, of his score less the mean of all scores of that contestant. The adjusted
   score is the score less that, kept within 0 and the maximum. Who scored fewer than three such
   contestants is not adjusted: two scores tell nothing of a habit.
   Its limits: it moves a judge's whole scale and does not stretch it; where every judge scored
   everybody and none is dropped, it changes no total (the deviations cancel out) unless a score
   meets 0 or the maximum; where judges kept away it takes out most, not all, of the advantage of
   not having met the harshest one.
5. Ranked by the total; then by the points of the practice parts; then by the shorter time, a time
   known before none; then the rank is shared and the next one is skipped (1, 2, 2, 4).
6. Who is struck afterwards leaves no gap, and changes nobody's points.

Nothing is rounded but by `shown`, for display.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from core.rules import Invalid

FEWEST_SCORES = 3  # of a judge, before his harshness is reckoned
WHOLE = 100

Key = Hashable
Number = Decimal | Fraction | int
Marks = Mapping[Key, Mapping[Key, Mapping[Key, Number]]]  # contestant → part → judge → score


class Part(NamedTuple):
    """One part of a stage: what it weighs in per cent, and the most that a judge may give."""

    key: Key
    weight: Decimal
    maximum: Decimal
    is_practice: bool = False


class Counted(NamedTuple):
    """The scores of a contestant in one part: their mean, and the judges whose scores dropped out
    (lowest, highest)."""

    mean: Fraction
    dropped: tuple[Key, ...]


@dataclass(frozen=True)
class Reckoned:
    """What a contestant comes to: all points (at most 100), those of practice, and the parts."""

    total: Fraction
    practice: Fraction
    parts: Mapping[Key, Counted]


@dataclass(frozen=True)
class Standing:
    """Where a contestant stands: by the scores as given, and by those without harshness."""

    contestant: Key
    raw: Reckoned
    adjusted: Reckoned
    raw_rank: int
    adjusted_rank: int


def refuse_parts(parts: Iterable[Part]) -> None:
    """Refuse parts that cannot be ranked by: none, or weights that are not 100 together."""
    total = sum((part.weight for part in parts), Decimal(0))
    if total != WHOLE:
        raise Invalid("weights", f"各评分项权重合计为 {total.normalize():f}%，应为 100%，请调整。")


def rank(
    parts: Sequence[Part],
    marks: Marks,
    *,
    least: int,
    drops_extremes: bool,
    seconds: Mapping[Key, int | None] | None = None,
) -> list[Standing]:
    """Rank the contestants of a stage, the first ones first by the raw scores.

    `least` is how many scores each part of each contestant must have, `seconds` the time that a
    contestant took. Raises Invalid where there are fewer, and names whom.
    """
    refuse_parts(parts)
    _refuse_few(parts, marks, least)
    how = {"least": least, "drops_extremes": drops_extremes}
    adjusted_marks = without_harshness(parts, marks)
    raw = {one: _reckoned(parts, marks[one], **how) for one in marks}
    adjusted = {one: _reckoned(parts, adjusted_marks[one], **how) for one in marks}
    raw_ranks, adjusted_ranks = _ranks(raw, seconds or {}), _ranks(adjusted, seconds or {})
    found = [
        Standing(one, raw[one], adjusted[one], raw_ranks[one], adjusted_ranks[one]) for one in marks
    ]
    return sorted(found, key=lambda standing: (standing.raw_rank, standing.adjusted_rank))


def _refuse_few(parts: Sequence[Part], marks: Marks, least: int) -> None:
    for contestant, by_part in marks.items():
        for part in parts:
            given = len(by_part.get(part.key, {}))
            if given < least:
                raise Invalid(
                    "too_few_scores", f"“{contestant}”有一项只有 {given} 个评分，少于 {least} 个。"
                )


def without(found: Iterable[Standing], struck: Collection[Key]) -> list[Standing]:
    """The ranking without those who were struck: whoever came behind moves up, and the points stay
    as they were found among all."""
    left = [one for one in found if one.contestant not in struck]
    raw = sorted(one.raw_rank for one in left)
    adjusted = sorted(one.adjusted_rank for one in left)
    return [
        replace(
            one,
            raw_rank=bisect_left(raw, one.raw_rank) + 1,
            adjusted_rank=bisect_left(adjusted, one.adjusted_rank) + 1,
        )
        for one in left
    ]


def harshness(parts: Iterable[Part], marks: Marks) -> dict[tuple[Key, Key], Fraction]:
    """By judge and part: by how much he scores above (or, negative, below) those beside him."""
    apart: dict[tuple[Key, Key], list[Fraction]] = defaultdict(list)
    for part in parts:
        for by_part in marks.values():
            scores = by_part.get(part.key, {})
            if len(scores) < 2:
                continue
            middle = _mean(scores.values())
            for judge, score in scores.items():
                apart[judge, part.key].append(Fraction(score) - middle)
    return {key: _mean(found) for key, found in apart.items() if len(found) >= FEWEST_SCORES}


def without_harshness(
    parts: Iterable[Part], marks: Marks
) -> dict[Key, dict[Key, dict[Key, Fraction]]]:
    """The scores from which the harshness of each judge is taken out."""
    parts = list(parts)
    found = harshness(parts, marks)
    most = {part.key: Fraction(part.maximum) for part in parts}
    return {
        contestant: {
            part: {
                judge: min(max(Fraction(score) - found.get((judge, part), 0), Fraction(0)), top)
                for judge, score in by_part.get(part, {}).items()
            }
            for part, top in most.items()
        }
        for contestant, by_part in marks.items()
    }


def counted(scores: Mapping[Key, Number], *, least: int, drops_extremes: bool) -> Counted:
    """What counts of the scores of one contestant in one part."""
    ordered = sorted(scores.items(), key=lambda pair: Fraction(pair[1]))
    if drops_extremes and len(ordered) - 2 >= max(least, 1):
        lowest, *ordered, highest = ordered
        dropped = (lowest[0], highest[0])
    else:
        dropped = ()
    return Counted(_mean(score for _, score in ordered), dropped)


def _reckoned(
    parts: Sequence[Part], by_part: Mapping[Key, Mapping[Key, Number]], **how: object
) -> Reckoned:
    found = {part.key: counted(by_part[part.key], **how) for part in parts}
    points = {
        part.key: found[part.key].mean / Fraction(part.maximum) * Fraction(part.weight)
        for part in parts
    }
    practice = sum((points[part.key] for part in parts if part.is_practice), Fraction(0))
    return Reckoned(sum(points.values(), Fraction(0)), practice, found)


def _ranks(found: Mapping[Key, Reckoned], seconds: Mapping[Key, int | None]) -> dict[Key, int]:
    """The rank of each: one more than how many are before him."""

    def place(one: Key) -> tuple:
        time = seconds.get(one)
        return -found[one].total, -found[one].practice, time is None, time or 0

    places = {one: place(one) for one in found}
    first: dict[tuple, int] = {}
    for number, known in enumerate(sorted(places.values()), 1):
        first.setdefault(known, number)
    return {one: first[known] for one, known in places.items()}


def _mean(numbers: Iterable[Number]) -> Fraction:
    found = [Fraction(number) for number in numbers]
    return sum(found, Fraction(0)) / len(found)


def shown(points: Fraction) -> Decimal:
    """Points as they are shown: two places, half up. They are never compared so."""
    hundredths = (points.numerator * 200 + points.denominator) // (2 * points.denominator)
    return Decimal(hundredths).scaleb(-2)


def shown_signed(points: Fraction) -> Decimal:
    """The same for what may be negative, such as harshness: half away from zero."""
    return shown(points) if points >= 0 else -shown(-points)
