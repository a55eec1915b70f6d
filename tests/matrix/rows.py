"""What the rows of the permission matrix are made of; each app has a file of them beside this."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.models import Organisation
from core.roles import Role

# Nobody may reveal the numbers of accounts, so the matrix adds a role that may.
REVEALER = Role(
    "revealer", "查看人", frozenset({"core.view_user", "core.reveal_user"}), door="admin"
)
AID = "town_reviewer aid_clerk aid_reviewer aid_approver data_checker evaluator"
FINANCE = "finance_maker finance_checker finance_approver finance_payer"
AUDIT = "funds_auditor"
HONOURS = "honours_clerk honours_reviewer honours_approver"
CONTESTS = "competitions_clerk competitions_approver"
STAFF = (
    "system_admin security_admin auditor clerk head revealer "
    f"{AID} {FINANCE} {AUDIT} {HONOURS} {CONTESTS}"
)
PORTAL = "leader chair committee data_partner tax_partner judge"
EVERYBODY = f"{STAFF} {PORTAL} nobody"


@dataclass(frozen=True)
class Row:
    """One address. `who` are the roles that may read it, `writes` those that may post `post`.

    `subject` names the builder in SUBJECTS of the rows that stand in the address; None for an
    address without one. `reach` are the places whose rows an entitled actor reaches, `lands` those
    where posting succeeds, `known` those out of reach whose rows are told all the same. `public` is
    the reason why the address needs no role, `nobody` the one why none of the actors may use it,
    and where it is tested instead.
    """

    who: str = ""
    subject: str | None = None
    sees: str = ""
    writes: str = ""
    post: dict[str, Any] | Callable[[Any], dict[str, Any]] | None = None
    reach: tuple[str, ...] = ("own", "child")
    lands: tuple[str, ...] = ("own", "child", "actor")
    known: tuple[str, ...] = ()
    args: dict[str, Any] = field(default_factory=dict)
    # What stands in the address of a row (None: of a missing one), where it is not its key.
    address: Callable[[Any], dict[str, Any]] | None = None
    query: dict[str, str] = field(default_factory=dict)
    public: str = ""
    nobody: str = ""
    reads: bool = True  # False: the address takes POST only
    # Of the interface: who may send what by PATCH and DELETE.
    methods: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)


# Makes a row of one kind at a place, with the token of the place in it, by which a leak is found.
Maker = Callable[[Organisation, str], Any]

REASON = {"reason": "测试办理事由"}
