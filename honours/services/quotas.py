"""Handing places down the tree; those of the parts always sum to the whole."""

from collections.abc import Sequence

from django.db import models, transaction
from django.db.models import Count
from django.db.models.functions import Substr
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import Organisation, User
from core.rules import Invalid
from core.services.records import require
from honours.models import Quota, Selection
from honours.rules import quotas as rules
from members.models import Membership

HAND = "honours.hand_quota"
S = Selection.State


class Basis(models.TextChoices):
    """By what places are shared."""

    MEMBERS = "members", "在册会员人数"
    EQUAL = "equal", "平均分配"


def below(organisation: Organisation) -> list[Organisation]:
    """Who is given places by this organisation: those directly below it that stand today."""
    rows = Organisation.objects.within(organisation).in_force(timezone.localdate())
    return list(rows.filter(depth=organisation.depth + 1).order_by("path"))


def weigh(places: Sequence[Organisation], basis: str) -> dict[int, int]:
    """The weight of each by its key: members of its whole subtree, or one each."""
    if basis == Basis.EQUAL or not places:
        return {place.pk: 1 for place in places}
    length = len(places[0].path)
    above = Organisation.objects.get(path=places[0].path[: length - Organisation.steplen])
    rows = Membership.objects.current().within(above).order_by()
    counted = dict(
        rows.annotate(place=Substr("organisation__path", 1, length))
        .values_list("place")
        .annotate(count=Count("pk"))
    )
    return {place.pk: counted.get(place.path, 0) for place in places}


@transaction.atomic
def hand_down(
    selection: Selection, *, above: Quota | None = None, basis: str, minimum: int = 0, by: User
) -> list[Quota]:
    """Share the places of the selection, or of one quota, among those directly below.

    What was handed down there before is replaced, as long as nobody below handed it on. Of the
    whole everybody is given the selection's own `minimum`.
    """
    selection = Selection.objects.select_for_update(of=("self",)).get(pk=selection.pk)
    above = above and _stored(selection, above)
    handing = above.organisation if above else selection.organisation
    require(by, HAND, above or handing)
    _refuse_late(selection, above)
    earlier = {row.organisation_id: row for row in selection.quotas.filter(above=above)}
    if Quota.objects.filter(above__in=earlier.values()).exists():
        raise Refused("下级已将名额继续分配，不能重新分配，可以调剂名额。", code="handed_on")
    places = below(handing)
    weights = weigh(places, basis)
    total = above.number if above else selection.places
    minimum = minimum if above else selection.minimum
    claims = [rules.Claim(place.pk, weights[place.pk]) for place in places]
    try:
        parts = rules.share(total, claims, minimum=minimum)
    except Invalid as error:
        raise Refused(error.message, code=error.code) from error
    if above:
        _write(above, {"minimum": minimum}, by=by)
    found = []
    for place, part in zip(places, parts, strict=True):
        row = earlier.pop(place.pk, None)
        facts = {"weight": part.weight, "number": part.number, "note": ""}
        if row is None:
            row = Quota(selection=selection, organisation=place, above=above, **facts)
            row.full_clean()
            row.save()
            changes = audit.difference({}, audit.snapshot(row))
            audit.record("honours.quota.hand", by=by, obj=row, changes=changes)
        else:
            _write(row, facts, by=by)
        found.append(row)
    for row in earlier.values():  # of unions that stand there no longer
        changes = audit.difference(audit.snapshot(row), {})
        audit.record("honours.quota.withdraw", by=by, obj=row, changes=changes)
        row.delete()
    return found


@transaction.atomic
def shift(source: Quota, *, target: Quota, count: int, reason: str, by: User) -> None:
    """Move places from one to another beside it: the sum stays."""
    selection = Selection.objects.select_for_update(of=("self",)).get(pk=source.selection_id)
    handing = source.above.organisation if source.above else selection.organisation
    require(by, HAND, source.above or handing)
    _refuse_late(selection, source.above)
    beside = (source.selection_id, source.above_id) == (target.selection_id, target.above_id)
    if not beside or source.pk == target.pk:
        raise Refused("名额只能在同一上级分配的工会之间调剂。", code="not_beside")
    source, target = _stored(selection, source), _stored(selection, target)
    if not 0 < count <= source.number:
        raise Refused(f"可以调出 1 至 {source.number} 名，请核对。", code="too_many")
    if len(reason.strip()) < 4:
        raise Refused("请填写调剂理由，不少于四个字。", code="reason_required")
    for row in (source, target):
        if row.below.exists():
            raise Refused(f"{row.organisation.label}已将名额继续分配，不能调剂。", code="handed_on")
    told = reason.strip()[:200]
    _write(source, {"number": source.number - count, "note": told}, by=by)
    _write(target, {"number": target.number + count, "note": told}, by=by)


def _stored(selection: Selection, row: Quota) -> Quota:
    """As it is kept now that the selection is locked: somebody may have moved places meanwhile."""
    rows = selection.quotas.select_related("organisation", "above__organisation")
    found = rows.filter(pk=row.pk).first()
    if found is None:
        raise Refused("名额已经重新分配，请刷新后查看。", code="handed_anew")
    return found


def _refuse_late(selection: Selection, above: Quota | None) -> None:
    open_in = {S.DRAFT} if above is None else {S.ALLOTTED, S.NOMINATING}
    if selection.state not in open_in:
        state = selection.get_state_display()
        raise Refused(f"评选现为“{state}”，不能分配或调剂本级名额。", code="wrong_state")


def _write(row: Quota, facts: dict[str, object], *, by: User) -> None:
    before = audit.snapshot(row)
    for name, value in facts.items():
        setattr(row, name, value)
    if changes := audit.difference(before, audit.snapshot(row)):
        row.full_clean()
        row.save()
        audit.record("honours.quota.change", by=by, obj=row, changes=changes)


# What pages show of it.


def shared(selection: Selection, above: Quota | None = None) -> list[tuple[Quota, rules.Part]]:
    """The quotas below, each with how the largest remainder reckoned it from the kept weights.

    Raises `Invalid` where the minimum was raised since beyond what there is.
    """
    rows = selection.quotas.filter(above=above).select_related("organisation")
    rows = list(rows.order_by("organisation__path"))
    if not rows:
        return []
    total = sum(row.number for row in rows)
    minimum = above.minimum if above else selection.minimum
    claims = [rules.Claim(row.pk, row.weight) for row in rows]
    return list(zip(rows, rules.share(total, claims, minimum=minimum), strict=True))


def unallotted(selection: Selection) -> str:
    """Why the places cannot be sent down yet, or ""."""
    numbers = list(selection.quotas.filter(above=None).values_list("number", flat=True))
    if not numbers:
        return "还没有分配名额，请先分配。"
    if sum(numbers) != selection.places:
        return f"已分配 {sum(numbers)} 名，与表彰名额 {selection.places} 名不符，请重新分配。"
    try:
        parts = shared(selection)
    except Invalid:
        parts = []
    if not parts or any(row.number != part.number for row, part in parts if not row.note):
        return f"每处保底名额已改为 {selection.minimum} 名，与已分配的名额不符，请重新分配。"
    return ""
