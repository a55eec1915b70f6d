"""Where the contestants of a stage stand: the sealed sheets, put to the rules of ranking."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from competitions.models import (
    BlindCode,
    Judge,
    Recusal,
    Result,
    Score,
    ScorePart,
    ScoreSheet,
    Stage,
)
from competitions.rules import ranking
from core.errors import Refused
from core.rules import Invalid


class Line(NamedTuple):
    """One contestant of the ranking: `rank` is the one that holds for this stage."""

    code: BlindCode
    rank: int
    standing: ranking.Standing

    @property
    def raw_points(self) -> Decimal:
        return ranking.shown(self.standing.raw.total)

    @property
    def adjusted_points(self) -> Decimal:
        return ranking.shown(self.standing.adjusted.total)

    @property
    def moved(self) -> int:
        """By how many places the adjustment moved him up."""
        return self.standing.raw_rank - self.standing.adjusted_rank


class Standings(NamedTuple):
    """The ranking of a stage with what it was reckoned from. Unsealed stages have `missing`."""

    parts: list[ScorePart]
    judges: list[Judge]
    lines: list[Line]
    marks: dict[BlindCode, dict[int, dict[int, Decimal]]]
    harshness: dict[tuple[int, int], Decimal]  # by judge and part
    absent: list[BlindCode]
    missing: str
    struck: Collection[BlindCode] = ()  # who has points and no place


def part_of(part: ScorePart) -> ranking.Part:
    return ranking.Part(part.pk, part.weight, part.maximum, part.is_practice)


def sheets(stage: Stage) -> QuerySet[ScoreSheet]:
    """All sheets of its judges, corrected ones included, in the order in which they were begun."""
    return ScoreSheet.objects.filter(judge__stage=stage).order_by("number", "pk")


def empty_seats(stage: Stage) -> set[tuple[int, int]]:
    """Which judge (key) does not score which code (key)."""
    rows = Recusal.objects.filter(judge__stage=stage)
    return set(rows.values_list("judge_id", "code_id"))


def missing(stage: Stage) -> str:
    """What still keeps the stage from being ranked, as a sentence, or ""."""
    judges = list(stage.judges.all())
    sealed = set(
        ScoreSheet.objects.in_force().filter(judge__stage=stage).values_list("judge", flat=True)
    )
    if not judges:
        return "尚未安排裁判。"
    if waiting := [judge for judge in judges if judge.pk not in sealed]:
        told = "、".join(map(str, waiting))
        return f"{told}的评分表尚未封存，封存后才能排名。"
    return ""


def marks(stage: Stage) -> dict[BlindCode, dict[int, dict[int, Decimal]]]:
    """The scores that count, by contestant, part and judge: of sealed sheets, in two queries."""
    codes = {
        code.pk: code
        for code in stage.codes.filter(is_absent=False).select_related(
            "entry__employer", "entry__organisation", "entry__person", "entry__event"
        )
    }
    found: dict[BlindCode, dict[int, dict[int, Decimal]]] = {
        code: defaultdict(dict) for code in codes.values()
    }
    scores = Score.objects.filter(sheet__judge__stage=stage, sheet__state="sealed")
    for code, part, judge, value in scores.values_list(
        "code_id", "part_id", "sheet__judge_id", "value"
    ):
        if code in codes:
            found[codes[code]][part][judge] = value
    return found


def standings(stage: Stage) -> Standings:
    """The ranking as the sealed sheets have it now. Raises nothing: what is missing is said."""
    parts, judges = list(stage.parts.all()), list(stage.judges.select_related("user"))
    absent = list(stage.codes.filter(is_absent=True).select_related("entry__event"))
    if said := missing(stage):
        return Standings(parts, judges, [], {}, {}, absent, said)
    given = marks(stage)
    asked = [part_of(part) for part in parts]
    try:
        found = ranking.rank(
            asked,
            given,
            least=stage.min_judges,
            drops_extremes=stage.drops_extremes,
            seconds={code: code.seconds for code in given},
        )
    except Invalid as error:
        return Standings(parts, judges, [], given, {}, absent, f"编号{error.message}")
    gone = Result.objects.filter(stage=stage).exclude(struck_on=None)
    gone = set(gone.values_list("entry", flat=True))
    struck = {code for code in given if code.entry_id in gone}
    lines = [
        Line(one.contestant, one.adjusted_rank if stage.normalises else one.raw_rank, one)
        for one in ranking.without(found, struck)
    ]
    lines.sort(key=lambda line: (line.rank, line.code.code))
    apart = {
        key: ranking.shown_signed(value) for key, value in ranking.harshness(asked, given).items()
    }
    return Standings(parts, judges, lines, given, apart, absent, "", struck)


def ranked(stage: Stage) -> list[Line]:
    """The lines of a ranking that is complete; Refused with what is missing otherwise."""
    found = standings(stage)
    if found.missing:
        raise Refused(found.missing, code="incomplete")
    return found.lines
