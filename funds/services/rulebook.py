"""By which rule a receipt is split: what decides it, read for many at once and asked for each.

The period the money was paid for decides everything: which rule and measure were in force, which
class the payer was of, under which town and district the union stood.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from core.bulk import batched
from core.errors import Refused
from core.models import Lineage, Organisation
from funds.models import FundKind, PayerClass, SpecialPayer, SplitRule, SupportMeasure
from funds.rules.shares import DISTRICT, GRASSROOTS, HELD, TOWN, Cents, Ratio

Level = Organisation.Level
ASKED = 2_000  # keys that one query names


class Facts(NamedTuple):
    """What of a receipt decides whose it is. `place` is its union, or where its payer is."""

    kind: str
    place: int
    union: int | None
    employer: int | None
    day: datetime.date
    is_known: bool

    @classmethod
    def of(
        cls,
        kind: str,
        organisation: int,
        union: int | None,
        employer: int | None,
        day: datetime.date,
        match: str,
    ) -> "Facts":
        return cls(kind, union or organisation, union, employer, day, bool(match or union))

    @property
    def rule_kind(self) -> str:
        """A preparation fund is released as soon as there is a union that it prepared."""
        if self.kind == FundKind.DUES:
            return SplitRule.Kind.DUES
        return SplitRule.Kind.RELEASED if self.union else SplitRule.Kind.PREPARATION


class Ruling(NamedTuple):
    """How a receipt is split, and whose its lower parts are."""

    rule: SplitRule
    measure: SupportMeasure | None
    ratio: Ratio
    union: int | None
    town: int | None
    district: int | None
    is_known: bool

    def split(self, amount: int) -> tuple[Cents, int]:
        """The parts (分) of an amount, and what of the lowest stays there by a measure.

        The part of a union that is not there yet is held; so are those of town and district while
        nobody knows in which the payer is.
        """
        cents, stays = self.ratio.ease(self.ratio.split(amount))
        if self.union is None:
            cents[HELD] += cents[GRASSROOTS]
            cents[GRASSROOTS] = 0
        if not self.is_known:
            cents[HELD] += cents[TOWN] + cents[DISTRICT]
            cents[TOWN] = cents[DISTRICT] = 0
        return cents, stays


class _Standing(NamedTuple):
    """Where a place stood on a day: the bodies above it, from itself upwards, that matter."""

    town: int | None
    district: int | None
    above: tuple[int, ...]


class Rulebook:
    """All rules and measures, which are few, and of payers and places those it was told to read."""

    def __init__(self) -> None:
        self.rules = {rule.pk: rule for rule in SplitRule.objects.all()}
        self.measures = {each.pk: each for each in SupportMeasure.objects.all()}
        self._ruled = defaultdict(list)
        for rule in sorted(self.rules.values(), key=lambda rule: rule.valid_from, reverse=True):
            self._ruled[rule.organisation_id, rule.kind, rule.payer_class].append(rule)
        self._eased = defaultdict(list)
        for each in self.measures.values():
            self._eased[each.organisation_id].append(each)
        self._places: dict[int, list[tuple]] = {}
        self._classes: dict[int, list[tuple]] = {}
        self._standings: dict[tuple, _Standing] = {}
        self._found: dict[tuple, tuple[SplitRule, SupportMeasure | None]] = {}
        self._ratios: dict[tuple, Ratio] = {}

    def learn(self, facts: Collection[Facts]) -> None:
        """Read what is asked of these receipts and not known yet."""
        self._learn_places({each.place for each in facts} - self._places.keys())
        self._learn_classes({each.employer for each in facts} - self._classes.keys() - {None})

    def ruling(self, facts: Facts) -> Ruling:
        """Raises `Refused` (`rule_missing`) where no rule was in force."""
        standing = self._standing(facts.place, facts.day)
        payer_class = self._class(facts.employer, facts.day)
        kind = facts.rule_kind
        key = (standing.above, kind, payer_class, facts.day)
        if key not in self._found:
            rule = self._rule(standing.above, kind, payer_class, facts.day)
            if rule is None:
                raise _missing(facts, kind, payer_class)
            self._found[key] = rule, self._measure(standing.above, facts.day)
        rule, measure = self._found[key]
        if facts.union is None:  # a measure eases a union
            measure = None
        return self.made(
            rule, measure, facts.union, standing.town, standing.district, facts.is_known
        )

    def made(
        self,
        rule: SplitRule,
        measure: SupportMeasure | None,
        union: int | None,
        town: int | None,
        district: int | None,
        is_known: bool,
    ) -> Ruling:
        key = rule.pk, measure and measure.pk
        if key not in self._ratios:
            self._ratios[key] = ratio(rule, measure)
        return Ruling(rule, measure, self._ratios[key], union, town, district, is_known)

    def _learn_places(self, places: Iterable[int]) -> None:
        ruling = {key for key, *_ in self._ruled} | self._eased.keys()
        levels = Lineage.objects.filter(
            ancestor__level__in=[Level.TOWN, Level.DISTRICT, Level.INDUSTRY]
        )
        rows = levels | Lineage.objects.filter(ancestor__in=ruling)
        for keys in batched(places, ASKED):
            self._places.update((key, []) for key in keys)
            found = rows.filter(descendant__in=keys).order_by("distance")
            for place, *row in found.values_list(
                "descendant", "since", "until", "ancestor", "ancestor__level"
            ):
                self._places[place].append(row)

    def _learn_classes(self, employers: Iterable[int]) -> None:
        for keys in batched(employers, ASKED):
            self._classes.update((key, []) for key in keys)
            found = SpecialPayer.objects.filter(employer__in=keys).order_by("-valid_from")
            for employer, *row in found.values_list(
                "employer", "valid_from", "valid_to", "payer_class"
            ):
                self._classes[employer].append(row)

    def _standing(self, place: int, day: datetime.date) -> _Standing:
        if (place, day) not in self._standings:
            town = district = None
            above = []
            for since, until, ancestor, level in self._places[place]:
                if not since <= day < until:
                    continue
                above.append(ancestor)
                if level == Level.TOWN:
                    town = town or ancestor
                elif level in (Level.DISTRICT, Level.INDUSTRY):
                    district = district or ancestor
            self._standings[place, day] = _Standing(town, district, tuple(above))
        return self._standings[place, day]

    def _class(self, employer: int | None, day: datetime.date) -> str:
        for since, until, payer_class in self._classes.get(employer, ()):
            if since <= day and (until is None or day <= until):
                return payer_class
        return PayerClass.GENERAL

    def _rule(
        self, above: tuple[int, ...], kind: str, payer_class: str, day: datetime.date
    ) -> SplitRule | None:
        for place in above:
            for rule in self._ruled.get((place, kind, payer_class), ()):
                if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to):
                    return rule
        return None

    def _measure(self, above: tuple[int, ...], day: datetime.date) -> SupportMeasure | None:
        for place in above:
            for each in self._eased.get(place, ()):
                if each.valid_from <= day <= each.valid_to:
                    return each
        return None


def ratio(rule: SplitRule, measure: SupportMeasure | None) -> Ratio:
    eased = {"eased": measure.percent} if measure else {}
    return Ratio.of(rule.percentages(), order=rule.order(), **eased)


def _missing(facts: Facts, kind: str, payer_class: str) -> Refused:
    place = Organisation.objects.get(pk=facts.place)
    return Refused(
        f"没有适用的分成规则：{SplitRule.Kind(kind).label}，{PayerClass(payer_class).label}，"
        f"所属期 {facts.day:%Y年%m月}，地区“{place}”。请由经费审批人员在“分成规则”中补登后再办理。",
        code="rule_missing",
    )
