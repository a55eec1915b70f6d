"""Which unions could be proposed for a title of a home, and why others not. Writes nothing."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Length, Substr
from django.utils import timezone

from core.models import Organisation, User
from honours.models import Award, HomeRating, HomeRule, Inspection, Level, Title
from honours.models.homes import due_for_renewal
from honours.rules import homes as rules

KINDS = (Title.Kind.MODEL_HOME, Title.Kind.MODEL_SMALL_HOME)
ORDER = list(Level.values)  # the highest first


@dataclass(frozen=True)
class Candidate:
    """One union that was rated in the year; `against` are the reasons why it is none."""

    rating: HomeRating
    against: Sequence[str]

    @property
    def fits(self) -> bool:
        return not self.against


def next_lower(title: Title) -> Level | None:
    """The level below that has a title of the same kind, or None for the lowest."""
    below = ORDER[ORDER.index(title.level) + 1 :]
    known = set(Title.objects.filter(kind=title.kind).values_list("level", flat=True))
    return next((Level(level) for level in below if level in known), None)


def candidates(title: Title, year: int, *, user: User) -> list[Candidate]:
    """Every union in scope with an accepted rating of the year, those that fit first.

    A handful of queries, however many they are.
    """
    ratings = HomeRating.objects.visible_to(user).filter(year=year, state="accepted")
    found = list(ratings.select_related("organisation").order_by("organisation__path"))
    today = timezone.localdate()
    standards = HomeRule.objects.nearest_each({row.organisation.path for row in found}, today)
    held = _held(today)
    units = _units(ratings.values("organisation__path"), user)
    lower = next_lower(title)
    made = []
    for row in found:
        rule = next(iter(standards[row.organisation.path]), None)
        against = ["尚未登记适用的建家标准"] if rule is None else row.shortfalls(rule)
        own = held[row.organisation_id]
        better = ORDER[: ORDER.index(title.level) + 1]
        if any((title.kind, level) in own for level in better):
            against.append("已持有同级或更高一级的称号")
        if lower and (title.kind, lower.value) not in own:
            against.append(f"未持有{lower.label}同类称号")
        if rule:
            against += _of_group(title, rule, units[row.organisation.path], held)
        made.append(Candidate(row, against))
    return sorted(made, key=lambda each: not each.fits)


def _of_group(
    title: Title,
    rule: HomeRule,
    units: Sequence[int],
    held: dict[int, set[tuple[str, str]]],
) -> list[str]:
    """What a group lacks: so many of its second-level unions hold a title of a lower level."""
    if len(units) < rule.group_least:
        return []
    below = set(ORDER[ORDER.index(title.level) + 1 :])
    holding = sum(any(level in below for _, level in held[unit]) for unit in units)
    if rules.reaches(holding, len(units), rule.lower_percent):
        return []
    least = rules.needed(len(units), rule.lower_percent)
    return [
        (
            f"二级单位工会 {len(units)} 个，持有下级称号的 {holding} 个，"
            f"按 {rule.lower_percent.normalize():f}% 应不少于 {least} 个"
        )
    ]


def _held(today: datetime.date) -> dict[int, set[tuple[str, str]]]:
    """The titles of homes by the union that holds them: kind and level."""
    standing = Award.objects.standing(today).filter(title__kind__in=KINDS, union__isnull=False)
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for union, kind, level in standing.values_list("union", "title__kind", "level"):
        found[union].add((kind, level))
    return found


def _units(paths: QuerySet, user: User) -> dict[str, list[int]]:
    """The unions directly below those of the paths, by the path above; one query."""
    length = Length("path") - Organisation.steplen
    rows = Organisation.objects.visible_to(user, "honours.view_homerating")
    rows = rows.annotate(above=Substr("path", 1, length)).filter(above__in=paths, closed_on=None)
    found: dict[str, list[int]] = defaultdict(list)
    for above, key in rows.values_list("above", "pk"):
        found[above].append(key)
    return found


def due(on: datetime.date, *, user: User) -> list[Award]:
    """Collective titles whose term ends soon: in so many days as the rule of the day says."""
    days = HomeRule.objects.in_force(on).aggregate(most=Max("renew_days"))["most"] or 180
    open_ones = Inspection.objects.filter(award=OuterRef("pk"), state__in=Inspection.OPEN)
    rows = Award.objects.visible_to(user).filter(due_for_renewal(on, days))
    rows = rows.exclude(title__recipient=Title.Recipient.PERSON)
    rows = rows.annotate(is_open=Exists(open_ones))
    return list(rows.select_related("title", "organisation").order_by("valid_until", "pk"))
