"""Procedures as data: which step leads from which state to which, who may take it, and when.

An app declares one table for each procedure in its `workflows.py`:

    register(Workflow(
        Case, "困难职工档案", initial="draft", begins="entry",
        transitions=[
            Transition("submit", "提交审核", ["draft"], "submitted",
                       permission="hardship.add_case", duty="entry", guard=rules.incomplete),
            Transition("review", "审核通过", ["submitted"], "reviewed",
                       permission="hardship.review_case", duty="review", days=5),
            ...
        ],
    ))

Buttons, forms, interface, sheets and jobs all go through `apply`. It locks the row and asks, in
this order: may this person see and do it, does the state allow it, is the person free to (nobody
decides about himself or declared kin, nobody fills two duties of one row), are the words there,
does what was decided before still hold, does the guard agree. Then state, effect, the decision and
its trace are written in the same transaction.
"""

from core.workflow.persons import (
    PERSONAL,
    Ties,
    identity,
    kept_from,
    refuse_concerned,
)
from core.workflow.reading import (
    Offer,
    Told,
    available,
    awaiting,
    decisions,
    in_the_way,
    left_to,
    offers,
    refusals,
    sentence,
    told,
)
from core.workflow.sets import (
    amend_many,
    apply_many,
    begin_many,
    join_many,
    take_over_many,
)
from core.workflow.steps import (
    LEAST,
    advance,
    amend,
    apply,
    begin,
    digest,
    join,
    moved_on,
)
from core.workflow.tables import (
    Transition,
    Workflow,
    register,
    registry,
)

__all__ = [
    "LEAST",
    "PERSONAL",
    "Offer",
    "Ties",
    "Told",
    "Transition",
    "Workflow",
    "advance",
    "amend",
    "amend_many",
    "apply",
    "apply_many",
    "available",
    "awaiting",
    "begin",
    "begin_many",
    "decisions",
    "digest",
    "identity",
    "in_the_way",
    "join",
    "join_many",
    "kept_from",
    "left_to",
    "moved_on",
    "offers",
    "refusals",
    "refuse_concerned",
    "register",
    "registry",
    "sentence",
    "take_over_many",
    "told",
]
