"""Selections and candidates for tests: who does what, and how they come to each state."""

import datetime
import io
import itertools

from django.utils import timezone

from core import workflow, working_days
from core.models import Publicity
from core.services import publicity
from honours.models import (
    Nomination,
    NominationPaper,
    Quota,
    Recommendation,
    Selection,
    Title,
)
from honours.services import nominations
from members.models import Membership
from tests.factories.core import UserFactory
from tests.factories.members import person
from tests.factories.proceedings import builds

PDF = b"%PDF-1.7\n%"
_sequence = itertools.count(1)
S, N = Selection.State, Nomination.State


def title(**fields):
    """A title of the city for persons."""
    number = next(_sequence)
    facts = {
        "code": f"title-{number}",
        "name": f"江城市测试奖章第{number}号",
        "kind": "may1_medal",
        "level": "municipal",
        "recipient": "person",
        "rank": 50,
        "granting_body": "江城市总工会",
    } | fields
    return Title.objects.create(**facts)


def selection(place, *, state=S.NOMINATING, places=2, **fields):
    """A selection of a place, all of whose places are handed to itself."""
    fields.setdefault("title", None)
    fields["title"] = fields["title"] or title()
    fields.setdefault("year", 2026)
    fields.setdefault("closes_on", timezone.localdate() + datetime.timedelta(days=30))
    if state in {S.COMMENDED, S.CLOSED}:
        fields |= {"document_number": "江工发〔2026〕8号", "granted_on": timezone.localdate()}
    made = Selection.objects.create(organisation=place, places=places, state=state, **fields)
    return made


def quota(of, place, number, *, above=None, **fields):
    return Quota.objects.create(
        selection=of, organisation=place, number=number, above=above, **fields
    )


def member(place, name="李梅", **fields):
    """A person on the roster of a union."""
    made = person(name, **fields)
    made.full_clean()
    made.save()
    Membership.objects.create(
        person=made, organisation=place, joined_on=datetime.date(2020, 5, 1), position="装配工"
    )
    return made


def nomination(of, place, *, state=N.DRAFT, token="", category="industrial", **fields):
    """A complete nomination of a member, without papers' files but for the minutes' rows."""
    if of.title.is_personal:
        fields.setdefault("person", None)
        fields["person"] = fields["person"] or member(place)
        fields.setdefault("name", fields["person"].name)
    else:
        fields.setdefault("name", f"装配第{next(_sequence)}班")
    made = Nomination.objects.create(
        selection=of,
        organisation=place,
        state=state,
        unit_name=f"甲厂{token}",
        position="装配工",
        category=category,
        resume="2010年起任装配工",
        summary="改进工装三项",
        deeds="二十年扎根一线",
        is_checked=True,
        **fields,
    )
    Recommendation.objects.create(
        nomination=made,
        kind="congress",
        held_on=timezone.localdate(),
        entitled=30,
        present=28,
        votes=27,
    )
    by = UserFactory(organisation=place)
    kinds = [NominationPaper.Kind.MINUTES, NominationPaper.Kind.IDENTITY]
    for kind in kinds if state == N.DRAFT else []:
        nominations._keep(made, io.BytesIO(PDF), name="a.pdf", kind=kind, by=by)
    return made


# In which state a selection has to be for the steps of a candidate in each state.
STANDS = {
    N.DRAFT: S.NOMINATING,
    N.UNIT_PUBLICITY: S.NOMINATING,
    N.COUNTY: S.NOMINATING,
    N.OPINIONS: S.NOMINATING,
    N.FIRST_REVIEW: S.FIRST_REVIEW,
    N.RESERVE: S.PUBLICITY,
    N.LISTED: S.FIRST_REVIEW,
    N.PUBLICITY: S.PUBLICITY,
    N.FINAL_REVIEW: S.FINAL_REVIEW,
    N.DECISION: S.DECISION,
}
# What a selection needs on its list for the steps out of each state.
ON_LIST = {
    S.NOMINATING: N.FIRST_REVIEW,
    S.FIRST_REVIEW: N.LISTED,
    S.PUBLICITY: N.FINAL_REVIEW,
    S.FINAL_REVIEW: N.DECISION,
    S.DECISION: N.DECISION,
}


def _unshown(row):
    """Somebody moved up."""
    nomination(row, row.organisation, state=N.LISTED)


@builds(
    Selection,
    ways={"show_more": _unshown},
    commend=lambda row: {
        "document_number": "江工发〔2026〕8号",
        "granted_on": timezone.localdate().isoformat(),
    },
)
def built_selection(place, token="", state=S.DRAFT):
    made = selection(place, state=state)
    quota(made, place, 2)
    if state in ON_LIST:
        nomination(made, place, state=ON_LIST[state], token=token)
    return made


def _chosen_from(row):
    """The list is being made up."""
    Selection.objects.filter(pk=row.selection_id).update(state=S.FIRST_REVIEW)


@builds(Nomination, ways={"set_back": _chosen_from, "call_up": _chosen_from})
def built_nomination(place, token="", state=N.DRAFT):
    of = selection(place, state=STANDS.get(state, S.DRAFT))
    quota(of, place, 2)
    return nomination(of, place, state=state, token=token)


class Staff:
    """One person for each duty on the road of a candidate."""

    ROLES = {
        "chair": ("chair", "own"),
        "county": ("honours_clerk", "district"),
        "clerk": ("honours_clerk", "city"),
        "reviewer": ("honours_reviewer", "city"),
        "approver": ("honours_approver", "city"),
    }

    def __init__(self, world):
        for name, (role, place) in self.ROLES.items():
            at = getattr(world, place)
            setattr(self, name, UserFactory(organisation=at, role=role, display_name=name))


def take(row, step, by, comment="情况属实，同意", **data):
    row = type(row).objects.get(pk=row.pk)
    return workflow.apply(row, step, by=by, comment=comment, **data)


def pass_publicities():
    """The days of whatever is shown have gone by, and nobody objected."""
    posted = timezone.localdate() - datetime.timedelta(days=60)
    Publicity.objects.running().update(posted_on=posted, ends_on=working_days.last_of(posted, 5))
    assert publicity.close_due()


def again(row):
    return type(row).objects.get(pk=row.pk)
