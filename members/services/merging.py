"""Two rows of one human being become one; and the way back.

Whatever refers to the absorbed person, of whichever app, refers to the surviving one afterwards.
Memberships are changed by the rule `members.doubles.one_history`, so that a person is counted once.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.fields import BlindIndexField, Sealed
from core.models import User
from core.services import records
from core.services.records import require
from members.doubles import Change, Spell, one_history
from members.models import DuplicateCandidate, Membership, Merge, Person, Transfer
from members.services import doubles

# What may be taken over from the absorbed row. Sex and birth date stay with the number.
TAKEN = (
    "name",
    "phone",
    "ethnicity",
    "political_status",
    "education",
    "household",
    "address",
    "skill_grade",
    "professional_title",
)
State = DuplicateCandidate.State


def settle(spells: Collection[Membership], stays: Membership, *, moved: bool) -> list[Change]:
    """What merging changes of these memberships of both, if `stays` is the right one."""
    return one_history(
        [Spell(row.pk, row.organisation_id, row.joined_on, row.left_on) for row in spells],
        stays.pk,
        moved=moved,
    )


def memberships_of(candidate: DuplicateCandidate) -> models.QuerySet[Membership]:
    """Those of both, in the order of time."""
    rows = Membership.objects.filter(person__in=[candidate.first_id, candidate.second_id])
    return rows.select_related("organisation", "person").order_by("joined_on", "pk")


def staying(spells: Collection[Membership]) -> list[Membership]:
    """Of which memberships one must be chosen to stay in force; a single one needs no choice."""
    open_ = [row for row in spells if row.left_on is None]
    return open_ or sorted(spells, key=lambda row: (row.left_on, row.pk))[-1:]


@transaction.atomic
def merge(
    candidate: DuplicateCandidate,
    *,
    survivor: Person,
    take: Collection[str] = (),
    stays: Membership | None = None,
    moved: bool = False,
    reason: str,
    by: User,
) -> Merge:
    """One row for one human being.

    `survivor` is the row whose number is right, `take` the fields (of `TAKEN`) in which the other
    row is. `stays` is needed where both are members now. Of two memberships on the same day the
    other one never counted; or, if the person `moved` without a transfer, it ends where the later
    one begins. Refused while a transfer that this would change awaits the receiving union.
    """
    pair = doubles.lock(candidate, "members.merge_person", by)
    if len(reason.strip()) < 4:
        raise Refused("请填写合并依据（不少于四个字）。", code="reason_required")
    keys = [pair.first_id, pair.second_id]
    persons = {row.pk: row for row in Person.objects.select_for_update().filter(pk__in=keys)}
    surviving = persons.pop(survivor.pk)
    (absorbed,) = persons.values()
    spells = list(memberships_of(pair).select_for_update(of=("self",)))
    changes = _changes(spells, stays, moved=moved, by=by)
    touched = _Touched()
    told = [
        *_end(spells, changes, touched, by),
        *_refer(absorbed, surviving, touched),
    ]
    _carry_apart(absorbed, surviving, touched)

    before = audit.snapshot(surviving)
    touched.before(surviving)
    for name in take:
        setattr(surviving, name, getattr(absorbed, name))
    records.clean_many([surviving])
    surviving.save()
    touched.after(surviving)

    made = Merge.objects.create(
        candidate=pair,
        surviving=surviving,
        absorbed=absorbed,
        organisation=pair.organisation,
        snapshot=touched.text(surviving),
        told=told,
        reason=reason,
        merged_by=by,
    )
    pair.state, pair.why = State.MERGED, reason
    pair.decided_by, pair.decided_at = by, timezone.now()
    pair.save(update_fields=["state", "why", "decided_by", "decided_at"])
    number = str(absorbed.certificate_number)
    audit.record(
        "members.person.merge",
        by=by,
        obj=surviving,
        organisation=pair.organisation,
        changes=audit.difference(before, audit.snapshot(surviving)) | {"absorbed": [None, number]},
        reason=reason,
    )
    return made


def _changes(
    spells: Collection[Membership], stays: Membership | None, *, moved: bool, by: User
) -> list[Change]:
    """What happens to the memberships, once it is clear which one stays."""
    choices = staying(spells)
    chosen = choices[0] if len(choices) == 1 else stays
    if chosen not in choices:
        raise Refused("两人都有在册会籍，请选择保留哪一段。", code="stays_required")
    changes = settle(spells, chosen, moved=moved)
    if beyond(changes, by):
        raise Refused(
            "其中一段重叠的会籍属于本人管辖范围以外的工会，请由共同的上级工会办理合并。",
            code="beyond_scope",
        )
    waiting = Transfer.objects.filter(
        state=Transfer.State.ISSUED, membership__in=[change.key for change in changes]
    )
    if waiting.exists():
        raise Refused(
            "其中一段会籍正在办理转接，请先由转入工会接收或退回，再合并。", code="transfer_waiting"
        )
    return changes


def beyond(changes: Collection[Change], by: User) -> bool:
    """Whether a membership would be changed that lies outside of the user's scope."""
    keys = [change.key for change in changes]
    mine = Membership.objects.visible_to(by, "members.merge_person")
    return mine.filter(pk__in=keys).count() < len(keys)


def _end(
    spells: Collection[Membership],
    changes: Collection[Change],
    touched: "_Touched",
    by: User,
) -> list[str]:
    """End what counted twice; who was a member before joins again and is not new."""
    by_key = {row.pk: row for row in spells}
    was = {row.pk: audit.snapshot(row) for row in spells}
    for row in spells:
        touched.before(row)
    for change in changes:
        row = by_key[change.key]
        row.left_on = change.until
        row.leave_reason = Membership.LeaveReason.CORRECTION
        if change.into is not None:
            row.leave_reason = Membership.LeaveReason.TRANSFER
            by_key[change.into].entry = Membership.Entry.TRANSFER
    counted = [row for row in spells if row.left_on is None or row.left_on > row.joined_on]
    for row in counted[1:]:
        if row.entry == Membership.Entry.NEW:
            row.entry = Membership.Entry.REJOIN
    for row in sorted(spells, key=lambda row: row.left_on is None):  # one open at a time
        difference = audit.difference(was[row.pk], audit.snapshot(row))
        if difference:
            row.save(update_fields=["left_on", "leave_reason", "entry"])
            audit.record("members.membership.settle", by=by, obj=row, changes=difference)
        touched.after(row)
    return [_told(by_key[change.key], change, by_key) for change in changes]


def _told(row: Membership, change: Change, by_key: dict[int, Membership]) -> str:
    if change.into is None:
        return f"“{row.organisation}”自 {row.joined_on} 起的会籍作为重复登记撤回，不计入任何时期。"
    later = by_key[change.into]
    return f"“{row.organisation}”的会籍于 {change.until} 终止，按转入“{later.organisation}”计算。"


def sentences(spells: Collection[Membership], changes: Collection[Change]) -> list[str]:
    """What merging does to the memberships, as people read it."""
    by_key = {row.pk: row for row in spells}
    return [_told(by_key[change.key], change, by_key) for change in changes]


# References.

_OWN = (DuplicateCandidate, Merge)  # they say who was who, and stay


def references(person: Person) -> Iterator[tuple[type[models.Model], str, models.QuerySet]]:
    """Every kind of row that refers to the person, of every app: model, field, rows."""
    for relation in Person._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.related_model in _OWN:
            continue
        model, name = relation.related_model, relation.field.name
        yield model, name, model._base_manager.filter(**{name: person}).order_by("pk")


def _noun(model: type[models.Model]) -> str:
    return "段会籍" if model is Membership else f"条{model._meta.verbose_name}记录"


def _refer(absorbed: Person, surviving: Person, touched: "_Touched") -> list[str]:
    """Point every reference to the surviving row."""
    told = []
    for model, name, rows in references(absorbed):
        moved = list(rows.select_for_update(of=("self",)))
        for row in moved:
            touched.before(row)
            setattr(row, name, surviving)
            row.save(update_fields=[name])
            touched.after(row)
        if moved:
            told.append(f"{len(moved)} {_noun(model)}改记到保留的会员名下。")
    return told


def _carry_apart(absorbed: Person, surviving: Person, touched: "_Touched") -> None:
    """Whoever is not the absorbed person is not the surviving one either."""
    for row in DuplicateCandidate.objects.of(absorbed).filter(state=State.APART):
        other = row.second_id if row.first_id == absorbed.pk else row.first_id
        first, second = sorted((surviving.pk, other))
        known = DuplicateCandidate.objects.filter(first=first, second=second).first()
        copy = known or DuplicateCandidate(first_id=first, second_id=second)
        if copy.state != State.OPEN:
            continue
        touched.before(copy)
        copy.organisation, copy.codes, copy.points = row.organisation, row.codes, row.points
        copy.state, copy.why = State.APART, row.why
        copy.decided_by, copy.decided_at = row.decided_by, row.decided_at
        copy.save()
        touched.after(copy)


# The way back.


class _Touched:
    """Rows as they were before the merge and after it, for the snapshot."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, int], dict | None] = {}
        self._after: dict[tuple[str, int], dict] = {}
        self._new: set[int] = set()

    def before(self, row: models.Model) -> None:
        if row.pk is None:
            self._new.add(id(row))
        else:
            self._before.setdefault((row._meta.label, row.pk), _values(row))

    def after(self, row: models.Model) -> None:
        if id(row) in self._new:
            self._before.setdefault((row._meta.label, row.pk), None)
        self._after[row._meta.label, row.pk] = _values(row)

    def text(self, surviving: Person) -> str:
        """The rows that changed, and which rows referred to the survivor when it was done."""
        rows = [
            {"model": label, "pk": pk, "before": self._before[label, pk], "after": after}
            for (label, pk), after in self._after.items()
            if self._before[label, pk] != after
        ]
        known = {
            f"{model._meta.label}.{name}": list(found.values_list("pk", flat=True))
            for model, name, found in references(surviving)
        }
        return json.dumps({"rows": rows, "references": known}, ensure_ascii=False)


def _values(row: models.Model) -> dict[str, Any]:
    """Every column in clear text; an index is made anew from its value."""
    found = {}
    for field in row._meta.concrete_fields:
        if isinstance(field, BlindIndexField):
            continue
        value = getattr(row, field.attname)
        found[field.attname] = value.clear() if isinstance(value, Sealed) else value
    return json.loads(json.dumps(found, cls=DjangoJSONEncoder))


def conflicts(merge: Merge) -> list[str]:
    """What was done since to rows of the merge, as sentences: while there is any, it stays."""
    later = Merge.objects.in_force().filter(pk__gt=merge.pk)
    later = later.filter(
        models.Q(surviving=merge.surviving_id) | models.Q(absorbed=merge.surviving_id)
    )
    if later.exists():
        return ["该会员后来又与其他会员信息合并，请先撤销后一次合并"]
    kept = json.loads(merge.snapshot.clear())
    found = []
    for stored, row in _stored_rows(kept["rows"]):
        if row is None:
            found.append(f"1 {_noun(apps.get_model(stored['model']))}已不存在")
            continue
        now = _values(row)
        names = [
            str(field.verbose_name)
            for field in row._meta.concrete_fields
            if now.get(field.attname) != stored["after"].get(field.attname)
        ]
        if names:
            found.append(f"“{row._meta.verbose_name}”的{'、'.join(names)}已改动")
    for model, name, rows in references(merge.surviving):
        known = kept["references"].get(f"{model._meta.label}.{name}", [])
        new = rows.exclude(pk__in=known).count()
        if new:
            found.append(f"新登记了 {new} {_noun(model)}")
    return found


def _stored_rows(rows: Iterable[dict]) -> Iterator[tuple[dict, models.Model | None]]:
    for stored in rows:
        found = apps.get_model(stored["model"])._base_manager.filter(pk=stored["pk"])
        yield stored, found.select_for_update(of=("self",)).first()


@transaction.atomic
def undo(merge: Merge, *, reason: str, by: User) -> Merge:
    """Two persons again, every row as it was. Refused once a row was changed since, with a list."""
    row = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    require(by, "members.undo_merge", row)
    if row.undone_at:
        raise Refused("这次合并已经撤销。", code="merge_undone")
    if len(reason.strip()) < 4:
        raise Refused("请填写撤销依据（不少于四个字）。", code="reason_required")
    found = conflicts(row)
    if found:
        raise Refused(
            f"合并后又有改动，不能撤销：{'；'.join(found)}。请逐项改回后再撤销。",
            code="merge_touched",
        )
    before = audit.snapshot(row.surviving)
    kept = list(_stored_rows(json.loads(row.snapshot.clear())["rows"]))
    # Those that go back to the other person first, or one person would have two open memberships.
    for stored, instance in sorted(kept, key=lambda item: not _changes_person(item[0])):
        _restore(instance, stored)
    row.undone_by, row.undone_at, row.undo_reason = by, timezone.now(), reason
    row.save(update_fields=["undone_by", "undone_at", "undo_reason"])
    DuplicateCandidate.objects.filter(pk=row.candidate_id).update(
        state=State.OPEN, why="", decided_by=None, decided_at=None
    )
    surviving = Person.objects.get(pk=row.surviving_id)
    changes = audit.difference(before, audit.snapshot(surviving))
    number = str(row.absorbed.certificate_number)
    for person, told in ((surviving, {"restored": [None, number]} | changes), (row.absorbed, {})):
        audit.record(
            "members.person.unmerge",
            by=by,
            obj=person,
            organisation=row.organisation,
            changes=told,
            reason=reason,
        )
    return row


def _changes_person(stored: dict) -> bool:
    before, after = stored["before"], stored["after"]
    return before is not None and before.get("person_id") != after.get("person_id")


def _restore(row: models.Model, stored: dict) -> None:
    """The columns that the merge changed, as they were."""
    if stored["before"] is None:
        row.delete()
        return
    for field in row._meta.concrete_fields:
        value = stored["before"].get(field.attname)
        if value != stored["after"].get(field.attname):
            setattr(row, field.attname, field.to_python(value))
    row.save()
