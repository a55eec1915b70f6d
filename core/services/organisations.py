"""Establishing, moving and closing organisations: the tree and its history change together."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Substr

from core import audit
from core.errors import OutOfScope, Refused
from core.models import Lineage, Organisation, User
from core.periods import FOREVER
from core.services import records
from core.services.records import require

BATCH = 2_000


def _lock_tree() -> None:
    """One writer of the tree at a time, on both engines: paths are handed out one after another."""
    list(Organisation.objects.select_for_update().filter(depth=1).values_list("pk"))


@transaction.atomic
def plant(organisation: Organisation, *, by: User | None = None) -> Organisation:
    """Make the root: the federation that this installation serves. There is one."""
    if Organisation.objects.exists():
        raise Refused("组织树已有根节点，不能再建立一个。", code="root_exists")
    organisation.full_clean(exclude=["path", "depth", "numchild"])
    Organisation.objects.add_root(instance=organisation)
    Lineage.objects.create(ancestor=organisation, descendant=organisation, distance=0)
    audit.record("core.organisation.establish", by=by, obj=organisation)
    return organisation


def establish(organisation: Organisation, *, parent: Organisation, by: User) -> Organisation:
    """Add one organisation below `parent`."""
    return establish_many([(organisation, parent)], by=by)[0]


@transaction.atomic
def establish_many(
    pairs: Sequence[tuple[Organisation, Organisation]], *, by: User
) -> list[Organisation]:
    """Add many (organisation, parent) in a number of statements that does not grow with them.

    A parent may be an organisation of the same call, if it stands earlier in the list.
    """
    _lock_tree()
    stored = {parent.pk for _, parent in pairs if parent.pk}
    parents = {row.pk: row for row in Organisation.objects.filter(pk__in=stored)}
    for parent in parents.values():
        require(by, "core.add_organisation", parent)
    last = _last_steps(parents.values())
    children: dict[str, int] = {}
    levels: dict[int, list[Organisation]] = {}
    for organisation, parent in pairs:
        above = parents.get(parent.pk) or parent
        if not above.path:
            raise ValueError(f"the parent of {organisation.code} stands later in the list")
        step = last.get(above.path, 0) + 1
        last[above.path] = step
        children[above.path] = children.get(above.path, 0) + 1
        organisation.depth = above.depth + 1
        organisation.path = Organisation._get_path(above.path, organisation.depth, step)
        organisation.numchild = 0
        organisation.clean_fields()
        levels.setdefault(organisation.depth, []).append(organisation)
    made = [organisation for depth in sorted(levels) for organisation in levels[depth]]
    by_path = {organisation.path: organisation for organisation in made}
    for organisation in made:
        organisation.numchild = children.get(organisation.path, 0)
    Organisation.objects.bulk_create(made, batch_size=BATCH)
    for path, count in children.items():
        if path not in by_path:
            Organisation.objects.filter(path=path).update(numchild=F("numchild") + count)
    _trace_lineage(made)
    audit.record(
        "core.organisation.establish",
        by=by,
        obj=made[0] if len(made) == 1 else None,
        organisation=next(iter(parents.values()), None),
        changes={"codes": [row.code for row in made[:1000]], "count": len(made)},
    )
    return [organisation for organisation, _ in pairs]


def _last_steps(parents: Iterable[Organisation]) -> dict[str, int]:
    """The step of the last child of each parent that has one, by the parent's path."""
    by_depth: dict[int, list[str]] = {}
    for parent in parents:
        by_depth.setdefault(parent.depth, []).append(parent.path)
    steps = {}
    for depth, paths in by_depth.items():
        for start in range(0, len(paths), BATCH):
            children = (
                Organisation.objects.filter(depth=depth + 1)
                .annotate(above=Substr("path", 1, depth * Organisation.steplen))
                .filter(above__in=paths[start : start + BATCH])
                .order_by()
                .values_list("above")
                .annotate(last=Max("path"))
            )
            for above, last in children:
                steps[above] = int(last[-Organisation.steplen :], 36)
    return steps


def _trace_lineage(organisations: list[Organisation]) -> None:
    """History of new organisations: from the beginning of time under all who stand above them."""
    step = Organisation.steplen
    above = {
        organisation.path[:length]
        for organisation in organisations
        for length in range(step, len(organisation.path) + 1, step)
    }
    ids = {}
    wanted = sorted(above)
    for start in range(0, len(wanted), BATCH // 4):
        part = Organisation.objects.filter(path__in=wanted[start : start + BATCH // 4])
        ids.update(part.values_list("path", "pk"))
    Lineage.objects.bulk_create(
        (
            Lineage(
                ancestor_id=ids[organisation.path[:length]],
                descendant_id=organisation.pk,
                distance=(len(organisation.path) - length) // step,
            )
            for organisation in organisations
            for length in range(step, len(organisation.path) + 1, step)
        ),
        batch_size=BATCH,
    )


@transaction.atomic
def move(
    organisation: Organisation, *, parent: Organisation, on: datetime.date, by: User
) -> Organisation:
    """Put an organisation, with all below it, under another superior from the day `on`.

    Figures of earlier days stay with the old superior. The mover needs the right at both parents.
    """
    _lock_tree()
    organisation = Organisation.objects.get(pk=organisation.pk)
    parent = Organisation.objects.get(pk=parent.pk)
    if organisation.depth == 1:
        raise Refused("市总工会是组织树的根，不能调整隶属关系。", code="root_moved")
    old = Organisation.objects.get_parent(organisation)
    for side in (old, parent):
        require(by, "core.move_organisation", side)
    if organisation.contains(parent):
        raise Refused(f"“{parent}”在“{organisation}”之下，不能作为其上级。", code="move_into_self")
    if parent.pk == old.pk:
        raise Refused(f"“{organisation}”已隶属于“{parent}”。", code="move_nowhere")
    inside = dict(Organisation.objects.within(organisation).values_list("pk", "depth"))
    crossing = Lineage.objects.filter(descendant__in=inside, until=FOREVER).exclude(
        ancestor__in=inside
    )
    if crossing.filter(since__gt=on).exists():
        raise Refused(
            f"“{organisation}”或其下级在 {on} 之后已调整过隶属关系，请填写更晚的日期。",
            code="move_before_last",
        )
    crossing.filter(since=on).delete()
    crossing.update(until=on)
    Organisation.objects.move(organisation, parent, pos="last-child")
    organisation.refresh_from_db()
    parent.refresh_from_db()
    above = [*Organisation.objects.get_ancestors(parent), parent]
    Lineage.objects.bulk_create(
        (
            Lineage(
                ancestor_id=ancestor.pk,
                descendant_id=pk,
                distance=parent.depth - ancestor.depth + 1 + inside[pk] - min(inside.values()),
                since=on,
            )
            for pk in inside
            for ancestor in above
        ),
        batch_size=BATCH,
    )
    audit.record(
        "core.organisation.move",
        by=by,
        obj=organisation,
        changes={"parent": [old.name, parent.name], "on": [None, on]},
    )
    return organisation


@transaction.atomic
def withdraw_many(organisations: Sequence[Organisation], *, by: User) -> None:
    """Take organisations out of the tree that should not have been added, with their history.

    Refused while anything refers to one of them, or others than these stand below it.
    """
    _lock_tree()
    wanted = {organisation.pk for organisation in organisations}
    held = Organisation.objects.visible_to(by, "core.add_organisation").filter(pk__in=wanted)
    if held.count() < len(wanted):
        require(by, "core.add_organisation")
        raise OutOfScope("有的工会不存在或不在本人管辖范围内，没有移除任何一个。")
    traces = [(row, audit.difference(audit.snapshot(row), {})) for row in held]
    audit.record_many("core.organisation.withdraw", by=by, rows=traces)
    Lineage.objects.filter(descendant__in=wanted).delete()
    levels: dict[int, list[int]] = {}
    for organisation, _ in traces:
        levels.setdefault(organisation.depth, []).append(organisation.pk)
    for depth in sorted(levels, reverse=True):  # leaves only, so that nothing else goes with them
        level = Organisation.objects.filter(pk__in=levels[depth])
        if above := level.filter(numchild__gt=0).first():
            raise Refused(f"“{above}”还有下级工会，不能移除。", code="not_empty")
        paths = level.values_list("path", flat=True)
        lost = Counter(path[: -Organisation.steplen] for path in paths)
        records.delete(Organisation, levels[depth])
        for count in {*lost.values()}:
            parents = Organisation.objects.filter(path__in=[p for p in lost if lost[p] == count])
            parents.update(numchild=F("numchild") - count)


@transaction.atomic
def close(organisation: Organisation, *, on: datetime.date, reason: str, by: User) -> Organisation:
    """Close an organisation as of `on`. Those below it must be closed or moved before."""
    require(by, "core.change_organisation", organisation)
    below = Organisation.objects.within(organisation).exclude(pk=organisation.pk)
    if open_ones := below.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on)).count():
        raise Refused(
            f"“{organisation}”还有 {open_ones} 个下级工会未撤销，请先撤销或调整其隶属关系。",
            code="not_empty",
        )
    organisation.closed_on = on
    organisation.full_clean()
    organisation.save(update_fields=["closed_on"])
    audit.record(
        "core.organisation.close",
        by=by,
        obj=organisation,
        changes={"closed_on": [None, on]},
        reason=reason,
    )
    return organisation
