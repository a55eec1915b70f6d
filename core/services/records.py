"""The one way to write a single row, and the one way to see a personal value in clear."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import attrgetter, or_
from typing import TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models, transaction
from django.db.models import Exists, OuterRef

from core import audit, bulk
from core.errors import NotPermitted, OutOfScope, Refused
from core.fields import BlindIndexField, EncryptedTextField, Sealed
from core.models import User
from core.scope import ScopedModel

Row = TypeVar("Row", bound=ScopedModel)


def require(user: User, permission: str, obj: models.Model | None = None) -> None:
    """Refuse unless the user holds the permission (on the row). The error decides 404 or 403."""
    if user.has_perm(permission, obj):
        return
    if obj is not None and not visible(obj, user):
        raise OutOfScope("没有找到这条记录，它可能不存在或不在本人管辖范围内。")
    raise NotPermitted("本账号没有办理此项业务的权限，如需办理请联系安全管理员授权。")


def visible(obj: models.Model, user: User) -> bool:
    return type(obj)._default_manager.visible_to(user).filter(pk=obj.pk).exists()


def permission(instance: models.Model, verb: str) -> str:
    return f"{instance._meta.app_label}.{verb}_{instance._meta.model_name}"


@transaction.atomic
def save(instance: Row, *, by: User, action: str | None = None, reason: str = "") -> Row:
    """Validate, write and record one row that `by` may add or change.

    Scope is asked before (may this row be changed) and after (does it still lie in scope), so that
    a row cannot be moved out of, or into, somebody else's hands. An unchanged row leaves no trace.
    `action` defaults to `app.model.add` or `.change`.
    """
    model = type(instance)
    adding = instance._state.adding
    verb = "add" if adding else "change"
    needed = permission(instance, verb)
    stored = None
    if not adding:
        stored = model._default_manager.select_for_update().get(pk=instance.pk)
        require(by, needed, stored)
    else:
        require(by, needed)
    instance.full_clean()
    instance.save()
    if not by.has_perm(needed, instance):
        raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")
    if stored is None:
        changes = audit.difference({}, audit.snapshot(instance))
    else:
        changes = audit.between(stored, instance)
    if changes:
        name = action or f"{model._meta.label_lower}.{verb}"
        audit.record(name, by=by, obj=instance, changes=changes, reason=reason)
    return instance


@transaction.atomic
def save_many(
    instances: Sequence[ScopedModel], *, fields: Iterable[str], by: User, action: str | None = None
) -> int:
    """Write the named fields of stored rows in sets; each row that changes is recorded.

    The same questions as in `save`, asked once for all. Returns how many rows changed.
    """
    if not instances:
        return 0
    model = type(instances[0])
    needed = permission(instances[0], "change")
    mine = model._default_manager.visible_to(by, needed)
    wanted = [instance.pk for instance in instances]
    stored = {row.pk: row for row in mine.filter(pk__in=wanted).select_for_update(of=("self",))}
    if len(stored) < len(set(wanted)):
        require(by, needed)
        raise OutOfScope("有的记录不存在或不在本人管辖范围内，没有写入任何一行。")
    count = change_many(instances, stored, fields=fields, by=by, action=action)
    if mine.filter(pk__in=wanted).count() < len(set(wanted)):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
    return count


@transaction.atomic
def change_many(
    instances: Sequence[ScopedModel],
    stored: Mapping[int, ScopedModel],
    *,
    fields: Iterable[str],
    by: User,
    action: str | None = None,
) -> int:
    """Write the named fields of rows, each recorded; for services that have asked for the right.

    `stored` are the rows as they are kept, locked, by their keys. Returns how many changed.
    """
    if not instances:
        return 0
    model = type(instances[0])
    written = [model._meta.get_field(name) for name in sorted({*fields})]
    changed, traces, names = [], [], set()
    clean_many(instances)
    for instance in instances:
        row = stored[instance.pk]
        before, after = audit.snapshot(row), audit.snapshot(instance)
        difference = audit.difference(before, after)
        for field in written:
            # Two values may look alike under their mask.
            if getattr(instance, field.attname) != getattr(row, field.attname):
                difference[field.attname] = [before[field.attname], after[field.attname]]
                names.add(field.name)
        if difference:
            changed.append(instance)
            traces.append((instance, difference))
    names |= {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, BlindIndexField) and field.of in names
    }
    bulk.update(changed, names)
    name = action or f"{model._meta.label_lower}.change"
    audit.record_many(name, by=by, rows=traces)
    return len(changed)


@transaction.atomic
def add_many(instances: Sequence[Row], *, by: User, action: str | None = None) -> Sequence[Row]:
    """Write new rows in sets, each recorded. The same questions as in `save`, asked once."""
    if not instances:
        return []
    model = type(instances[0])
    needed = permission(instances[0], "add")
    require(by, needed)
    made = insert_many(instances, by=by, action=action)
    mine = model._default_manager.visible_to(by, needed)
    if mine.filter(pk__in=[row.pk for row in made]).count() < len(made):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
    return made


@transaction.atomic
def insert_many(instances: Sequence[Row], *, by: User, action: str | None = None) -> Sequence[Row]:
    """Write new rows, each recorded; for services that have asked for the right."""
    if not instances:
        return []
    clean_many(instances)
    made = bulk.create(instances)
    name = action or f"{made[0]._meta.label_lower}.add"
    rows = ((row, audit.difference({}, audit.snapshot(row))) for row in made)
    audit.record_many(name, by=by, rows=rows)
    return made


def clean_many(instances: Sequence[models.Model]) -> None:
    """Validate rows of one model without a query: keys are held by the database.

    Each value that a column holds is put to its field once, however many rows have it. The first
    row that is wrong raises.
    """
    fields = instances[0]._meta.concrete_fields if instances else []
    right = {field.name for field in fields if field.is_relation or _all_right(field, instances)}
    for instance in instances:
        if len(right) < len(fields):
            instance.clean_fields(exclude=right)
        instance.clean()


def _all_right(field: models.Field, instances: Sequence[models.Model]) -> bool:
    """Whether the field takes every value of the rows as it stands."""
    if isinstance(field, EncryptedTextField):  # which sees no text
        return field.blank or all(getattr(instance, field.attname) for instance in instances)
    try:
        values = set(map(attrgetter(field.attname), instances))
        if field.blank:
            values = {value for value in values if value not in field.empty_values}
        return all(
            (clean := field.clean(value, None)) is value or clean == value for value in values
        )
    except (ValidationError, TypeError):  # or a value that cannot stand in a set
        return False


@transaction.atomic
def remove_many(instances: Sequence[ScopedModel], *, by: User, action: str) -> None:
    """Remove rows that should not have been added: whoever may add them there may do it."""
    if not instances:
        return
    needed = permission(instances[0], "add")
    mine = type(instances[0])._default_manager.visible_to(by, needed)
    wanted = {row.pk for row in instances}
    if mine.filter(pk__in=wanted).count() < len(wanted):
        require(by, needed)
        raise OutOfScope("有的记录不存在或不在本人管辖范围内，没有移除任何一行。")
    erase(instances, by=by, action=action)


@transaction.atomic
def erase(instances: Sequence[ScopedModel], *, by: User, action: str) -> None:
    """Delete rows, each recorded as it was; for services that have asked for the right.

    Refused while anything else refers to one of them.
    """
    if not instances:
        return
    audit.record_many(
        action,
        by=by,
        rows=((row, audit.difference(audit.snapshot(row), {})) for row in instances),
    )
    delete(type(instances[0]), [row.pk for row in instances])


def delete(model: type[models.Model], keys: Collection[int]) -> None:
    """Delete rows by their keys, in one statement; refused while anything refers to one of them.

    Django's own `delete` reads the rows again and asks for what refers to them in hundreds.
    """
    referring = [
        relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        for relation in model._meta.get_fields(include_hidden=True)
        if (relation.one_to_many or relation.one_to_one) and relation.auto_created
    ]
    rows = model._base_manager.filter(pk__in=keys)
    if referring and rows.filter(reduce(or_, map(Exists, referring))).exists():
        held = next(one.model for one in referring if rows.filter(Exists(one)).exists())
        name = held._meta.verbose_name
        raise Refused(f"已有{name}与之关联，不能移除。", code="referred_to")
    rows._raw_delete(DEFAULT_DB_ALIAS)


@transaction.atomic
def reveal(instance: ScopedModel, field: str, *, reason: str, by: User) -> str:
    """The clear text of one personal value of one row. Recorded before it is shown."""
    require(by, permission(instance, "reveal"), instance)
    if len(reason.strip()) < 4:
        raise Refused(
            "请填写查看事由（不少于四个字），该事由将记入审计记录。", code="reason_required"
        )
    value = getattr(instance, field)
    if not isinstance(value, Sealed):
        raise Refused("该项没有登记内容。", code="empty")
    name = f"{instance._meta.label_lower}.reveal"
    label = str(instance._meta.get_field(field).verbose_name)
    audit.record(name, by=by, obj=instance, reason=reason, changes={label: str(value)})
    return value.clear()


def violated(error: IntegrityError) -> ValidationError:
    """The constraint that a write broke, as its sentence; raises the error if none has one.

    PostgreSQL names the constraint, SQLite the columns.
    """
    text = str(error)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            table, column = model._meta.db_table, field.column
            if field.unique and (
                text.endswith(f"failed: {table}.{column}") or f'"{table}_{column}_' in text
            ):
                return model().unique_error_message(model, (field.name,))
        for constraint in model._meta.constraints:
            names = getattr(constraint, "fields", ())
            columns = ", ".join(
                f"{model._meta.db_table}.{model._meta.get_field(name).column}" for name in names
            )
            if constraint.name in text or (columns and text.endswith(f"failed: {columns}")):
                return ValidationError(constraint.get_violation_error_message())
    raise error
