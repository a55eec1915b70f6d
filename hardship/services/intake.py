"""Files and their parts written in sets, for sheets: the rules of `files`, asked once for all."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core import bulk, workflow
from core.errors import OutOfScope, Refused
from core.models import Organisation, User
from core.services import records
from core.services.records import require
from hardship.models import Case, FamilyMember, Household
from hardship.services.files import ENTRY, IN_OPEN_FILE, Part, not_editable

ONE_FILE = "该户已有一份未办结的困难职工档案，一户只能有一份。"


class Known(NamedTuple):
    """What the register has of a person: the household he was in last, and whether he stands in
    an open file."""

    household: int
    is_open: bool


def known_persons(identities: Collection[bytes]) -> dict[bytes, Known]:
    """Those of the persons who are or were in a file anywhere in the city."""
    rows = FamilyMember.objects.filter(certificate_index__in=identities).order_by("pk")
    found: dict[bytes, Known] = {}
    for index, household, is_open in rows.values_list(
        "certificate_index", "case__household", "is_open"
    ):
        before = found.get(bytes(index))
        found[bytes(index)] = Known(household, is_open or (before is not None and before.is_open))
    return found


def require_places(organisations: Iterable[Organisation | int], permission: str, by: User) -> None:
    """Every union concerned lies in the scope of the permission, asked in one query."""
    wanted = {getattr(place, "pk", place) for place in organisations}
    held = Organisation.objects.visible_to(by, permission).filter(pk__in=wanted)
    if held.count() < len(wanted):
        require(by, permission)
        raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")


@transaction.atomic
def open_many(pairs: Sequence[tuple[Case, FamilyMember]], *, by: User) -> None:
    """Begin files for the households of applicants; see `files.open_draft`. Neither is stored yet.

    The first one that is refused refuses them all.
    """
    cases, applicants = [case for case, _ in pairs], [applicant for _, applicant in pairs]
    require_places({case.organisation_id for case in cases}, "hardship.add_case", by)
    house(pairs)
    workflow.begin_many(cases, by=by, concerned={one.identity for one in applicants})
    put_in(pairs, by=by)


def house(pairs: Sequence[tuple[Case, FamilyMember]]) -> None:
    """Give each new file the household that its applicant brings along, or a new one.

    Refused where he stands in an open file, or where the household has one, in the register or
    among these.
    """
    for case, applicant in pairs:
        applicant.relation = FamilyMember.Relation.SELF
        applicant.is_open = case.is_open
    records.clean_many([applicant for _, applicant in pairs])
    known = known_persons({applicant.identity for _, applicant in pairs})
    fresh: dict[bytes, Household] = {}
    for case, applicant in pairs:
        who = applicant.identity
        case.applicant_name = applicant.name
        if found := known.get(who):
            if found.is_open and case.is_open:
                raise Refused(IN_OPEN_FILE, code="in_open_file")
            case.household_id = found.household
        else:
            since = case.filed_on or timezone.localdate()
            values = {"organisation": case.organisation, "since": since}
            fresh.setdefault(who, bulk.draft(Household, values))
    bulk.create(list(fresh.values()))
    for case, applicant in pairs:
        if applicant.identity in fresh:
            case.household = fresh[applicant.identity]
    opened = [case.household_id for case, _ in pairs if case.is_open]
    if len(set(opened)) < len(opened) or Case.objects.open().filter(household__in=opened).exists():
        raise Refused(ONE_FILE, code="one_file")


def put_in(pairs: Sequence[tuple[Case, FamilyMember]], *, by: User) -> None:
    """Store applicants in files that are stored by now."""
    for case, applicant in pairs:
        applicant.case = case
    records.insert_many([applicant for _, applicant in pairs], by=by)


@transaction.atomic
def amend_many(
    pairs: Sequence[tuple[Case, FamilyMember]],
    *,
    facts: Collection[str],
    personal: Collection[str],
    by: User,
) -> None:
    """Write facts of files that may be written in, and of their applicants."""
    cases = [case for case, _ in pairs]
    workflow.amend_many(
        cases, fields={*facts, "applicant_name"}, by=by, concerned=_identities(cases)
    )
    put_many([applicant for _, applicant in pairs], fields=personal, by=by)


@transaction.atomic
def put_many(parts: Sequence[Part], *, fields: Collection[str], by: User) -> None:
    """Add members, incomes or expenditures, or change the named fields of stored ones.

    See `files.put`. All are of one model.
    """
    cases = editing_many({part.case_id for part in parts}, by=by)
    store_parts(parts, fields=fields, by=by)
    workflow.join_many(cases, ENTRY, label="填报", by=by, concerned=_identities(cases))


def store_parts(parts: Sequence[Part], *, fields: Collection[str], by: User) -> None:
    """Write parts of files in which the caller may write."""
    model = type(parts[0])
    new = [part for part in parts if part._state.adding]
    kept = [part for part in parts if not part._state.adding]
    if model is FamilyMember:
        fields = {*fields, "is_open"}
        records.clean_many(parts)  # the number in its one form, by which persons are compared
        for part in parts:
            part.is_open = part.left_on is None and part.case.is_open
        _refuse_doubled(parts)
    stored = model.objects.filter(pk__in=[part.pk for part in kept])
    stored = stored.select_for_update(of=("self",)).in_bulk()
    records.change_many(kept, stored, fields=fields, by=by)
    records.insert_many(new, by=by)


@transaction.atomic
def drop_many(parts: Sequence[Part], *, by: User) -> None:
    """Take out what was entered by mistake. See `files.drop`."""
    cases = editing_many({part.case_id for part in parts}, by=by)
    workflow.join_many(cases, ENTRY, label="填报", by=by, concerned=_identities(cases))
    records.erase(parts, by=by, action=f"{parts[0]._meta.label_lower}.withdraw")


@transaction.atomic
def withdraw_many(cases: Sequence[Case], *, by: User) -> None:
    """Take back files that should not have been begun, with their applicants.

    A household that has no other file goes with them. Whoever could write in them may do it.
    """
    editing_many({case.pk for case in cases}, by=by)
    erase_files(cases, by=by)


def erase_files(cases: Sequence[Case], *, by: User) -> None:
    """Delete files, their applicants, and the households that have no other."""
    members = FamilyMember.objects.filter(case__in=cases).select_related("case__organisation")
    records.erase(list(members), by=by, action="hardship.familymember.withdraw")
    records.erase(cases, by=by, action="hardship.case.take_back")
    households = Household.objects.filter(pk__in={case.household_id for case in cases})
    records.delete(Household, list(households.filter(cases=None).values_list("pk", flat=True)))


def editing_many(keys: Collection[int], *, by: User) -> list[Case]:
    """These files, locked, if their parts may be written now, and by this user."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    cases = list(rows.select_related("organisation"))
    require_places({case.organisation_id for case in cases}, "hardship.change_case", by)
    for case in cases:
        if not case.is_editable:
            raise Refused(not_editable(case), code="not_editable")
    return cases


def _identities(cases: Collection[Case]) -> set[bytes]:
    """Everybody in any of these files."""
    members = FamilyMember.objects.filter(case__in=cases)
    return {bytes(index) for index in members.values_list("certificate_index", flat=True)}


def _refuse_doubled(members: Sequence[FamilyMember]) -> None:
    """See `files.put`: a sentence before the constraint speaks."""
    own = {member.identity: member.pk for member in members if member.is_open}
    others = FamilyMember.objects.filter(is_open=True, certificate_index__in=own)
    for index, key in others.values_list("certificate_index", "pk"):
        if own[bytes(index)] != key:
            raise Refused(IN_OPEN_FILE, code="in_open_file")
