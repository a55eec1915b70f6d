"""The same for many rows at once, for sheets."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from core import audit, bulk
from core.errors import Refused
from core.models import Decision, User
from core.services import records
from core.workflow.persons import Ties, refuse, second_duty
from core.workflow.steps import join, stand_in, unsaved
from core.workflow.tables import Record, registry


@transaction.atomic
def begin_many(rows: Sequence[Record], *, by: User, concerned: Collection[bytes]) -> None:
    """`begin` for many new rows. Their beginning binds nothing: it is a step nobody trusts.

    `concerned` are the identities of everybody in any of them, the first one who must not be
    written about by this user refuses them all.
    """
    workflow = registry[type(rows[0])]
    for row in rows:
        row.state = workflow.initial
    refuse(Ties(by).refusal(concerned))
    _store(rows, "begin", "建立", duty=workflow.begins, by=by)


@transaction.atomic
def take_over_many(
    rows: Sequence[Record],
    *,
    label: str,
    comments: Sequence[str],
    by: User,
    concerned: Collection[bytes],
) -> None:
    """Store rows whose way was gone before this software, each in the state that it has by then.

    `label` and `comments` say so where the way of a row is told. Whoever hands them over fills no
    duty: what comes next is decided by whose it is.
    """
    refuse(Ties(by).refusal(concerned))
    _store(rows, "take_over", label, by=by, comments=comments)


def _store(
    rows: Sequence[Record],
    name: str,
    label: str,
    *,
    by: User,
    duty: str = "",
    comments: Sequence[str] | None = None,
) -> None:
    """New rows with their first decision and its trace."""
    now = timezone.now()
    for row in rows:
        row.state_since = now
    records.clean_many(rows)
    bulk.create(rows)
    made = [
        unsaved(row, name, label, duty=duty, by=by, comment=comment)
        for row, comment in zip(rows, comments or [""] * len(rows), strict=True)
    ]
    for row, decision in zip(rows, made, strict=True):
        decision.target = row.state
    bulk.create(made)
    for row in rows if by.delegators else ():
        stand_in(row, duty, by)
    told = [(row, audit.difference({}, audit.snapshot(row))) for row in rows]
    for _, changes in told:
        changes.pop("state_since", None)
    audit.record_many(f"{rows[0]._meta.label_lower}.{name}", by=by, rows=told)


@transaction.atomic
def amend_many(
    rows: Sequence[Record], *, fields: Collection[str], by: User, concerned: Collection[bytes]
) -> int:
    """`amend` for the named facts of many rows; returns how many of them changed."""
    workflow = registry[type(rows[0])]
    locked = _lock_many(rows)
    for row in rows:
        stored = locked.get(row.pk)
        moved = stored is None or (stored.state, stored.round) != (row.state, row.round)
        if moved or stored.state not in workflow.editable:
            raise Refused("有的记录已有变动，内容不能修改，请刷新后查看。", code="wrong_state")
    count = records.save_many(rows, fields=fields, by=by)
    join_many(rows, workflow.begins, label="修改", by=by, concerned=concerned)
    return count


@transaction.atomic
def join_many(
    rows: Collection[Record], duty: str, *, label: str, by: User, concerned: Collection[bytes]
) -> None:
    """`join` for many rows, of which `concerned` are all identities."""
    if by.delegators:  # in whose place he acts may differ from row to row
        for row in rows:
            join(row, duty, label=label, by=by)
        return
    locked = _lock_many(rows).values()
    refuse(Ties(by).refusal(concerned))
    parts = Decision.objects.filter(
        object_type=next(iter(rows))._meta.label,
        object_id__in=[row.pk for row in rows],
        person=by.certificate_index,
    ).exclude(duty="")
    held: dict[tuple[int, int], dict[str, str]] = {}
    for key, turn, own, said in parts.order_by("-id").values_list(
        "object_id", "round", "duty", "label"
    ):
        held.setdefault((key, turn), {})[own] = said
    new = []
    for row in locked:
        duties = held.get((row.pk, row.round), {})
        refuse(second_duty(duties, duty))
        if duty not in duties:
            new.append(unsaved(row, "join", label, duty=duty, by=by, comment=""))
    bulk.create(new)


def _lock_many(rows: Collection[Record]) -> dict[int, Record]:
    """The rows as they are stored, by their keys and in that order."""
    model = type(next(iter(rows)))
    stored = model._default_manager.select_for_update(of=("self",)).order_by("pk")
    stored = stored.filter(pk__in=[row.pk for row in rows]).select_related("organisation")
    return {row.pk: row for row in stored}
