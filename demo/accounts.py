"""Who logs in to the demo city: one account for each kind of user."""

import base64
from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac

from core import roles
from core.models import Organisation, User
from core.services import accounts
from demo.places import CITY, DELIVERY, DISTRICTS, FREIGHT


class Account(NamedTuple):
    """One account: what it is called, whose it is, and the role it holds where."""

    username: str
    holder: str
    role: str
    organisation: str

    @property
    def password(self) -> str:
        """The same each time in one installation, another one in every other: `kemo-tavi-…`.

        Made from the installation's secret, so that a second run can print it again.
        """
        digest = salted_hmac("demo.accounts", self.username, algorithm="sha256").digest()
        letters = base64.b32encode(digest).decode().lower()
        return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


ADMINISTRATORS = [
    Account("sysadmin", "高志强", "system_admin", CITY),
    Account("secadmin", "林秀英", "security_admin", CITY),
    Account("auditor", "宋建华", "auditor", CITY),
]
CLERK, SECOND_CLERK, HEAD, LEADER = STAFF = [
    Account("clerk", "陈晓燕", "clerk", CITY),
    Account("clerk2", "许文静", "clerk", CITY),
    Account("head", "罗立新", "head", CITY),
    Account("leader", "江卫东", "leader", CITY),
]
DISTRICT_CLERKS = {
    code: Account(f"clerk{code[-2:]}", holder, "clerk", code)
    for code, holder in zip(
        DISTRICTS,
        ["周雪梅", "吴海波", "郑丽娟", "冯志远", "蒋欣怡", "田大勇", "汪春梅", "龙翀"],
        strict=True,
    )
}
CHAIRS = [
    Account("chair1", "韩建国", "chair", "JC01-01-001"),
    Account("chair2", "杜鹏", "chair", f"{DELIVERY}-001"),
    Account("chair3", "任立新", "chair", f"{FREIGHT}-001"),
]
ALL = [*ADMINISTRATORS, *STAFF, *DISTRICT_CLERKS.values(), *CHAIRS]


def user(account: Account) -> User:
    """The account's row."""
    return User.objects.get(username=account.username)


@transaction.atomic
def found(city: Organisation) -> None:
    """The three administrators, and by them the staff of the city."""
    accounts.found(
        users={account.role: (_row(account, city), account.password) for account in ADMINISTRATORS}
    )
    open_all(STAFF)


def open_all(wanted: Iterable[Account]) -> None:
    """Open accounts as the system administrator does, grant their roles as the security one."""
    system_admin, security_admin, _ = (user(account) for account in ADMINISTRATORS)
    for account in wanted:
        organisation = Organisation.objects.get(code=account.organisation)
        made = accounts.create(
            _row(account, organisation),
            password=account.password,
            by=system_admin,
            must_change_password=False,
        )
        accounts.grant(made, role=account.role, organisation=organisation, by=security_admin)


def _row(account: Account, organisation: Organisation) -> User:
    return User(username=account.username, display_name=account.holder, organisation=organisation)


def table(address: str) -> list[tuple[str, str, str, str, str]]:
    """(account, role, scope, password, address) of every account, for people to log in with."""
    names = dict(Organisation.objects.values_list("code", "name"))
    known = roles.table()
    return [
        (
            account.username,
            known[account.role].label,
            names[account.organisation],
            account.password,
            f"{address}/admin/" if known[account.role].door == "admin" else f"{address}/",
        )
        for account in ALL
    ]
