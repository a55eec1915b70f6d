"""Writing the audit trail. Reading is `AuditEvent.objects.visible_to`.

Where an act comes from (address, request id, acting user) is known from the context that the
middleware, a job or a command opens; services only say what they did.
"""

import contextlib
import uuid
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from core import bulk
from core.fields import NO_PERSONAL_DATA, BlindIndexField, Privacy
from core.models import AuditEvent

if TYPE_CHECKING:
    from core.models import Organisation, User


@dataclass(frozen=True)
class Origin:
    """Where an act comes from."""

    address: str | None = None
    request_id: str = ""


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


@contextlib.contextmanager
def origin(*, address: str | None = None, request_id: str | None = None) -> Iterator[Origin]:
    """Everything recorded inside comes from here."""
    here = Origin(address, request_id or uuid.uuid4().hex)
    token = _origin.set(here)
    try:
        yield here
    finally:
        _origin.reset(token)


def current() -> Origin:
    return _origin.get()


def snapshot(instance: models.Model) -> dict[str, Any]:
    """The fields of a row as they may stand in a log: personal data masked, keys left out."""
    privacy: Privacy = getattr(instance, "privacy", NO_PERSONAL_DATA)
    return {
        attname: privacy.show(name, getattr(instance, attname))
        for attname, name in _recorded(type(instance))
    }


@cache
def _recorded(model: type[models.Model]) -> list[tuple[str, str]]:
    """Attribute and name of each field that stands in a log."""
    return [
        (field.attname, field.name)
        for field in model._meta.concrete_fields
        if not isinstance(field, BlindIndexField) and field.name not in {"password"}
    ]


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """`{field: [before, after]}` of what differs."""
    names = before.keys() | after.keys()
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted(names)
        if before.get(name) != after.get(name)
    }


def between(stored: models.Model, instance: models.Model) -> dict[str, Any]:
    """What differs between two states of a row, told as in `difference`.

    Two values may look alike under their mask: then the mask stands on both sides.
    """
    before, after = snapshot(stored), snapshot(instance)
    unlike = {
        name: [before[name], after[name]]
        for name in before
        if getattr(stored, name) != getattr(instance, name)
    }
    return unlike | difference(before, after)


def record(
    action: str,
    *,
    by: "User | None",
    obj: models.Model | None = None,
    organisation: "Organisation | None" = None,
    changes: dict[str, Any] | None = None,
    reason: str = "",
    label: str = "",
) -> AuditEvent:
    """Append one event in the caller's transaction: the act and its trace commit together.

    `action` is `app.model.verb`. `by` is None for the system itself. `changes` holds masked values
    only (see `snapshot`). Outside of a transaction the trace could be lost, so that is refused.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{action} must be recorded in a transaction")
    where = organisation or getattr(obj, "scope_organisation", None)
    here = current()
    return AuditEvent.objects.create(
        actor_id=by.pk if by else None,
        actor=str(by) if by else "系统",
        address=here.address,
        request_id=here.request_id,
        action=action,
        object_type=obj._meta.label if obj else "",
        object_id=str(obj.pk) if obj else "",
        object_label=(label or (_label(obj) if obj else ""))[:200],
        organisation_path=where.path if where else "",
        changes=changes or {},
        reason=reason[:200],
    )


def _label(obj: models.Model) -> str:
    """What the row is called in the trail: its own text, which is masked for persons."""
    return getattr(obj, "masked_label", None) or str(obj)


def record_many(
    action: str, *, by: "User | None", rows: Iterable[tuple[models.Model, dict[str, Any]]]
) -> None:
    """One event for each (row, changes), together: for writes in sets."""
    here, written = current(), list(rows)
    if not written:
        return
    objects, changes = zip(*written, strict=True)
    places = [obj.scope_organisation for obj in objects]
    same = {
        "actor_id": by.pk if by else None,
        "actor": str(by) if by else "系统",
        "address": here.address,
        "request_id": here.request_id,
        "action": action,
    }
    bulk.insert(
        AuditEvent,
        {name: [value] * len(objects) for name, value in same.items()}
        | {
            "object_type": [obj._meta.label for obj in objects],
            "object_id": [str(obj.pk) for obj in objects],
            "object_label": [_label(obj)[:200] for obj in objects],
            "organisation_path": [where.path if where else "" for where in places],
            "changes": changes,
        },
    )
