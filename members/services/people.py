"""People and memberships: joining, correcting, leaving, keeping, transferring."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, Q

from core import audit, bulk
from core.errors import OutOfScope, Refused
from core.models import Organisation, User
from core.services import records
from core.services.records import require
from members.models import DuplicateCandidate, Membership, Merge, Person, Transfer

# What a correction may touch. Number, union and interval have acts of their own.
PERSON_FIELDS = (
    "name",
    "pinyin",
    "pinyin_initials",
    "sex",
    "birth_date",
    "ethnicity",
    "political_status",
    "education",
    "phone",
    "household",
    "address",
    "skill_grade",
    "professional_title",
)
MEMBERSHIP_FIELDS = (
    "employer",
    "joined_on",
    "card_number",
    "worker_group",
    "is_migrant_worker",
    "employment",
    "status",
    "position",
)


def enrol(person: Person, membership: Membership, *, by: User) -> Membership:
    """One person joins one union. See `enrol_many`."""
    return enrol_many([(person, membership)], by=by)[0]


@transaction.atomic
def enrol_many(pairs: Sequence[tuple[Person, Membership]], *, by: User) -> list[Membership]:
    """Persons (new or registered) join unions, in a number of statements that does not grow.

    The entry is new, or a re-joining where the person was a member before. A person who is a member
    somewhere is refused: membership moves by transfer. Rows are cleaned here; the first wrong one
    raises, and nothing is written.
    """
    _require_scope([membership for _, membership in pairs], "members.add_membership", by)
    registered = [person.pk for person, _ in pairs if person.pk]
    left = dict(
        Membership.objects.filter(person__in=registered)
        .order_by()
        .values_list("person")
        .annotate(Max("left_on"))
    )
    still = set(
        Membership.objects.current().filter(person__in=registered).values_list("person", flat=True)
    )
    if Merge.objects.in_force().filter(absorbed__in=registered).exists():
        raise Refused(
            "该证件号码的会员信息已并入另一证件号码，请按合并后的号码办理。", code="number_merged"
        )
    for person, membership in pairs:
        if not person.pk:
            membership.entry = Membership.Entry.NEW
            continue
        if person.pk in still:
            raise Refused(
                f"{person.masked_label}已有在册会籍，请办理会籍转接。", code="already_member"
            )
        before = left.get(person.pk)
        if before and membership.joined_on < before:
            raise Refused(
                f"{person.masked_label}的入会日期早于上一段会籍的离会日期 {before}，请核对。",
                code="joined_before_left",
            )
        membership.entry = Membership.Entry.REJOIN if before else Membership.Entry.NEW
    new = [person for person, _ in pairs if not person.pk]
    records.clean_many(new)
    bulk.create(new)
    for person, membership in pairs:
        membership.person = person
    made = [membership for _, membership in pairs]
    records.clean_many(made)
    bulk.create(made)
    if len(made) == 1:
        changes = audit.difference({}, audit.snapshot(made[0]))
        audit.record("members.membership.enrol", by=by, obj=made[0], changes=changes)
    else:
        audit.record("members.membership.enrol", by=by, changes={"count": len(made)})
    return made


@transaction.atomic
def correct_many(rows: Sequence[tuple[Person, Membership]], *, by: User) -> int:
    """Write corrected fields of registered persons and their memberships; each is audited."""
    persons = {person.pk: person for person, _ in rows}
    memberships = {membership.pk: membership for _, membership in rows}
    return records.save_many(
        list(persons.values()), fields=PERSON_FIELDS, by=by, action="members.person.correct"
    ) + records.save_many(
        list(memberships.values()),
        fields=MEMBERSHIP_FIELDS,
        by=by,
        action="members.membership.correct",
    )


@transaction.atomic
def withdraw_many(
    memberships: Sequence[Membership], *, persons: Sequence[Person], by: User
) -> None:
    """Take back enrolments that should not have been, and `persons` who came with them.

    With a person goes whatever he was taken for a double of. Refused while anything else refers to
    one of them. Who leaves a union `leave`s it.
    """
    _require_scope(memberships, "members.add_membership", by)
    keys = [person.pk for person in persons]
    pairs = DuplicateCandidate.objects.filter(Q(first__in=keys) | Q(second__in=keys))
    pairs = list(pairs.select_related("first", "second", "organisation"))
    records.erase(pairs, by=by, action="members.duplicatecandidate.withdraw")
    records.erase(memberships, by=by, action="members.membership.withdraw")
    records.erase(persons, by=by, action="members.person.withdraw")


def _require_scope(memberships: Sequence[Membership], permission: str, by: User) -> None:
    """Every union concerned lies in the scope of the permission, asked in one query."""
    wanted = {membership.organisation_id for membership in memberships}
    held = Organisation.objects.visible_to(by, permission).filter(pk__in=wanted)
    if held.count() < len(wanted):
        require(by, permission)
        raise OutOfScope("所选工会不在本人管辖范围内，请重新选择。")


def _lock(membership: Membership, permission: str, by: User) -> Membership:
    """The current membership, locked, in scope of the permission."""
    locked = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("person", "organisation")
        .get(pk=membership.pk)
    )
    require(by, permission, locked)
    if locked.left_on:
        raise Refused(
            f"{locked.person.masked_label}的这段会籍已于 {locked.left_on} 终止。", code="ended"
        )
    return locked


@transaction.atomic
def leave(
    membership: Membership, *, on: datetime.date, reason: str, by: User, note: str = ""
) -> Membership:
    """End a membership: quitting, expulsion, death. `on` is the first day without it."""
    if reason not in Membership.LeaveReason.values or reason == Membership.LeaveReason.TRANSFER:
        raise Refused("请选择离会原因；转出请办理会籍转接。", code="leave_reason")
    return _end(_lock(membership, "members.change_membership", by), on, reason, by, note)


def _end(
    membership: Membership, on: datetime.date, reason: str, by: User, note: str = ""
) -> Membership:
    if on < membership.joined_on:
        raise Refused(
            f"离会日期不能早于入会日期 {membership.joined_on}，请核对。", code="left_before_joined"
        )
    before = audit.snapshot(membership)
    membership.left_on, membership.leave_reason = on, reason
    membership.save(update_fields=["left_on", "leave_reason"])
    audit.record(
        "members.membership.leave",
        by=by,
        obj=membership,
        changes=audit.difference(before, audit.snapshot(membership)),
        reason=note,
    )
    return membership


@transaction.atomic
def keep(membership: Membership, *, since: datetime.date, status: str, by: User) -> Membership:
    """保留会籍: retired or out of work; the membership stays, without dues and without a vote."""
    locked = _lock(membership, "members.change_membership", by)
    if status not in {Membership.Status.RETIRED, Membership.Status.UNEMPLOYED}:
        raise Refused("只有退休或失业的会员可以保留会籍。", code="keep_status")
    before = audit.snapshot(locked)
    locked.kept_since, locked.status = since, status
    locked.save(update_fields=["kept_since", "status"])
    audit.record(
        "members.membership.keep",
        by=by,
        obj=locked,
        changes=audit.difference(before, audit.snapshot(locked)),
    )
    return locked


@transaction.atomic
def issue_transfer(
    membership: Membership, *, target: Organisation, on: datetime.date, by: User, reason: str = ""
) -> Transfer:
    """The leaving union lets the member go to `target`; the receiving union decides."""
    locked = _lock(membership, "members.transfer_membership", by)
    if target.pk == locked.organisation_id:
        raise Refused("转入工会与现工会相同，无需转接。", code="transfer_nowhere")
    if on < locked.joined_on:
        raise Refused(
            f"转出日期不能早于入会日期 {locked.joined_on}，请核对。", code="left_before_joined"
        )
    transfer = Transfer(
        membership=locked,
        organisation=locked.organisation,
        target=target,
        issued_on=on,
        reason=reason,
    )
    transfer.full_clean()
    transfer.save()
    audit.record(
        "members.transfer.issue",
        by=by,
        obj=transfer,
        changes=audit.difference({}, audit.snapshot(transfer)),
    )
    return transfer


def _lock_transfer(transfer: Transfer, by: User) -> Transfer:
    """An issued transfer, locked; the decider stands on the receiving side."""
    locked = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
    require(by, "members.transfer_membership", locked)
    if not by.has_perm("members.transfer_membership", locked.target):
        raise Refused("会籍转接由转入工会办理接收。", code="not_receiving")
    if locked.state != Transfer.State.ISSUED:
        raise Refused(f"该笔会籍转接{locked.get_state_display()}。", code="transfer_decided")
    return locked


@transaction.atomic
def accept_transfer(transfer: Transfer, *, on: datetime.date, by: User) -> Membership:
    """The receiving union takes the member in: the old membership ends and the new one begins."""
    locked = _lock_transfer(transfer, by)
    old = Membership.objects.select_for_update(of=("self",)).get(pk=locked.membership_id)
    if old.left_on:
        raise Refused(f"该会员的原会籍已于 {old.left_on} 终止。", code="ended")
    if on < locked.issued_on:
        raise Refused(
            f"接收日期不能早于转出日期 {locked.issued_on}。", code="accepted_before_issued"
        )
    _end(old, on, Membership.LeaveReason.TRANSFER, by)
    new = Membership.objects.create(
        person_id=old.person_id,
        organisation=locked.target,
        joined_on=on,
        entry=Membership.Entry.TRANSFER,
        card_number=old.card_number,
        worker_group=old.worker_group,
        is_migrant_worker=old.is_migrant_worker,
        employment=old.employment,
        status=old.status,
        position=old.position,
    )
    locked.state, locked.decided_on, locked.result = Transfer.State.ACCEPTED, on, new
    locked.save(update_fields=["state", "decided_on", "result"])
    audit.record(
        "members.transfer.accept",
        by=by,
        obj=locked,
        organisation=locked.target,
        changes={"state": [Transfer.State.ISSUED, Transfer.State.ACCEPTED], "on": [None, on]},
    )
    return new


@transaction.atomic
def decline_transfer(transfer: Transfer, *, on: datetime.date, reason: str, by: User) -> Transfer:
    """The receiving union sends the transfer back; the member stays where he is."""
    locked = _lock_transfer(transfer, by)
    if len(reason.strip()) < 2:
        raise Refused("请填写退回原因。", code="reason_required")
    locked.state, locked.decided_on, locked.reason = Transfer.State.DECLINED, on, reason
    locked.save(update_fields=["state", "decided_on", "reason"])
    audit.record(
        "members.transfer.decline",
        by=by,
        obj=locked,
        organisation=locked.target,
        changes={"state": [Transfer.State.ISSUED, Transfer.State.DECLINED]},
        reason=reason,
    )
    return locked
