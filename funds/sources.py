"""What is paid for: the apps above say what stands against a payment, and hear what became of it.

`funds` knows no app above it. One that owes money registers its rows when it is ready:

    sources.register("hardship.Grant", Source(obstacle=…, paid=…, bounced=…, cancelled=…))

Everything is asked and told for many payables at once, in the transaction that writes it: what the
app writes and what the books say commit together, and what it refuses is undone as a whole.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.models import User
from funds.models import Payable

Owed = Sequence[Payable]


@dataclass(frozen=True)
class Source:
    """What one app does for payables of one kind of row.

    `obstacle(owed)` returns the sentence why one of them may not be paid now, or "". It is asked
    when a batch is approved, and at every later step before the bank has the file.
    `paid(owed, on=, by=)`: the bank confirmed them on that day. `bounced(owed, by=)`: it did not,
    or sent the money back. `cancelled(owed, by=)`: they will not be paid.
    """

    obstacle: Callable[[Owed], str] | None = None
    paid: Callable[..., None] | None = None
    bounced: Callable[..., None] | None = None
    cancelled: Callable[..., None] | None = None


registry: dict[str, Source] = {}


def register(object_type: str, source: Source) -> None:
    """`object_type` is the label of the model whose rows are paid for: app.Model."""
    if object_type in registry:
        raise ValueError(f"{object_type} is registered already")
    registry[object_type] = source


def _by_source(payables: Iterable[Payable]) -> Iterator[tuple[Source, list[Payable]]]:
    """What belongs to whom; what nobody registered is nobody's."""
    found: dict[str, list[Payable]] = defaultdict(list)
    for payable in payables:
        found[payable.object_type].append(payable)
    return ((registry[name], owed) for name, owed in found.items() if name in registry)


def obstacle(payables: Iterable[Payable]) -> str:
    """Why one of these may not be paid now, as its app says it, or ""."""
    asked = (source.obstacle(owed) for source, owed in _by_source(payables) if source.obstacle)
    return next(filter(None, asked), "")


def paid(payables: Iterable[Payable], *, on: datetime.date, by: User | None) -> None:
    for source, owed in _by_source(payables):
        if source.paid:
            source.paid(owed, on=on, by=by)


def bounced(payables: Iterable[Payable], *, by: User | None) -> None:
    for source, owed in _by_source(payables):
        if source.bounced:
            source.bounced(owed, by=by)


def cancelled(payables: Iterable[Payable], *, by: User | None) -> None:
    for source, owed in _by_source(payables):
        if source.cancelled:
            source.cancelled(owed, by=by)
