"""What the documents of a selection ask of its candidates, read once for all of them.

Screens, steps and services put the same questions here; the answers are sentences.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from core.models import Organisation
from honours.models import (
    Award,
    Circumstance,
    ExclusionRule,
    Nomination,
    OpinionRule,
    Quota,
    RatioConstraint,
    Selection,
    Title,
)
from honours.models.selections import above
from honours.rules import exclusions, opinions, ratios
from members.models import Person

FOREIGN = frozenset({Person.CertificateType.FOREIGNER, Person.CertificateType.PASSPORT})


class Criteria:
    """The constraints, opinions and exclusions in force for one selection."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._held: dict[int, list[Award]] = {}

    def _rules(self, model: type) -> list:
        rows = model.objects.about(self.selection.title).select_related("organisation")
        return rows.nearest(self.selection.organisation, self.selection.rules_on)

    @cached_property
    def constraints(self) -> list[ratios.Ratio]:
        return [row.ratio() for row in self._rules(RatioConstraint)]

    @cached_property
    def opinion_rules(self) -> list[OpinionRule]:
        return self._rules(OpinionRule)

    @cached_property
    def bars(self) -> list[exclusions.Bar]:
        return [row.bar() for row in self._rules(ExclusionRule)]

    # How the list is made up.

    def judged(self, rows: Iterable[Nomination]) -> list[ratios.Judged]:
        """Every constraint on a list of candidates."""
        tags = [row.tags for row in rows]
        return [ratios.judge(ratio, tags) for ratio in self.constraints]

    # One candidate.

    def prepare(self, rows: Sequence[Nomination]) -> None:
        """Read for many what the register knows of each."""
        title = self.selection.title
        awards = Award.objects.standing(timezone.localdate()).filter(
            title__recipient=title.recipient, title__rank__lte=title.rank
        )
        persons = {row.person_id for row in rows if row.person_id}
        employers = {row.employer_id for row in rows if row.employer_id}
        named = [row for row in rows if not row.person_id and not row.employer_id]
        places = {row.organisation_id for row in named}
        found: dict[tuple, list[Award]] = defaultdict(list)
        mine = Q(person__in=persons) | Q(employer__in=employers)
        mine |= Q(organisation__in=places, recipient_name__in={row.name for row in named})
        mine |= Q(union__in=places)
        for award in awards.filter(mine).select_related("title"):
            found["person", award.person_id].append(award)
            found["employer", award.employer_id].append(award)
            found["name", award.organisation_id, award.recipient_name].append(award)
            found["union", award.union_id].append(award)
        is_union = title.recipient == Title.Recipient.UNION
        for row in rows:
            key = ("name", row.organisation_id, row.name)
            if is_union:
                key = ("union", row.organisation_id)
            elif row.person_id or row.employer_id:
                key = ("person", row.person_id) if row.person_id else ("employer", row.employer_id)
            self._held[row.pk] = found.get(key, [])

    def held(self, row: Nomination) -> list[str]:
        """Titles of the same or a higher rank that the candidate holds today, but for the one that
        this nomination brought."""
        if row.pk not in self._held:
            self.prepare([row])
        return [
            f"{award.title}（{award.granted_on.year}年）"
            for award in self._held[row.pk]
            if award.pk != row.award_id
        ]

    def met(self, row: Nomination) -> set[str]:
        """The circumstances that hold: as declared, and as the register says."""
        found = set(row.circumstances)
        if self.held(row):
            found.add(Circumstance.HELD)
        if row.person_id and row.person.certificate_type in FOREIGN:
            found.add(Circumstance.FOREIGN)
        return found

    def barred(self, row: Nomination) -> list[str]:
        """What keeps the candidate off the list, as sentences."""
        said = exclusions.in_the_way(self.bars, self.met(row), reason=row.exception_reason)
        held = "、".join(self.held(row))
        return [
            f"{sentence}已获：{held}。" if _is_held(sentence) else sentence for sentence in said
        ]

    def asked(self, row: Nomination) -> dict[str, str]:
        """The departments that are asked about the candidate, by code and name."""
        tags = row.tags
        return {
            rule.department: rule.get_department_display()
            for rule in self.opinion_rules
            if rule.concerns(tags)
        }

    def months(self, department: str) -> int:
        """For how long the opinion of a department holds."""
        usual = OpinionRule._meta.get_field("months").default
        found = [rule.months for rule in self.opinion_rules if rule.department == department]
        return min(found, default=usual)

    def unheard(self, row: Nomination, on: datetime.date | None = None) -> list[str]:
        """What the opinions of departments lack, as sentences."""
        given = [opinion.given() for opinion in row.opinions.all()]
        return opinions.in_the_way(self.asked(row), given, on=on or timezone.localdate())

    def obstacle(self, row: Nomination) -> str:
        """The first thing that stands against the candidate, or ""."""
        return next(iter([*self.barred(row), *self.unheard(row)]), "")


def _is_held(sentence: str) -> bool:
    return sentence.startswith(Circumstance.HELD.label)


# Places.


def sent_obstacle(row: Nomination) -> str:
    """Why a union may not send this candidate on: its places, and the extra ones, are taken."""
    quotas = list(row.selection.quotas.over(row.organisation).select_related("organisation"))
    if not quotas:
        return "本次评选没有给本地分配名额，请联系评选的主办工会。"
    sent = _counted(row, Nomination.SENT_ON)
    for quota in quotas:
        limit = quota.number + row.selection.extra if quota.number else 0
        taken = sum(path.startswith(quota.organisation.path) for path in sent)
        if taken >= limit:
            return (
                f"{quota.organisation.label}名额 {quota.number} 名，另可差额 "
                f"{row.selection.extra} 名，已上报 {taken} 名，请退回或不予上报。"
            )
    return ""


def listed_obstacle(row: Nomination) -> str:
    """Why a candidate cannot be put on the list: the places of the whole or of his place."""
    listed = _counted(row, Nomination.ON_LIST)
    places = row.selection.places
    if len(listed) >= places:
        return f"表彰名额 {places} 名已满，请列为候补。"
    quota = place_of(row.selection, row.organisation)
    if quota is None:
        return "本地没有名额，请列为候补。"
    taken = sum(path.startswith(quota.organisation.path) for path in listed)
    if taken >= quota.number:
        return f"{quota.organisation.label}名额 {quota.number} 名已满，请列为候补。"
    return ""


def _counted(row: Nomination, states: Iterable[str]) -> list[str]:
    """The paths of the unions of other candidates in these states."""
    rows = row.selection.nominations.filter(state__in=states).exclude(pk=row.pk)
    return list(rows.order_by().values_list("organisation__path", flat=True))


def place_of(selection: Selection, organisation: Organisation) -> Quota | None:
    """The places of the district or union directly below the body that selects."""
    rows = selection.quotas.filter(above__isnull=True, organisation__path__in=above(organisation))
    return rows.select_related("organisation").first()
