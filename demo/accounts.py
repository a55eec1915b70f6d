"""Who logs in to the demo city: one account for each kind of user."""

import base64
import datetime
from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac
from stdnum.cn import ric

from core import roles
from core.models import Organisation, User
from core.services import accounts
from demo.names import REGION, SEQUENCES
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

    @property
    def number(self) -> str:
        """The holder's resident number: of a sequence that no member of the city has."""
        born = datetime.date(1970, 1, 5) + datetime.timedelta(days=37 * ALL.index(self))
        body = f"{REGION}{born:%Y%m%d}{SEQUENCES:03}"
        return body + ric.calc_check_digit(f"{body}0")


ADMINISTRATORS = [
    Account("sysadmin", "高志强", "system_admin", CITY),
    Account("secadmin", "林秀英", "security_admin", CITY),
    Account("auditor", "宋建华", "auditor", CITY),
]
CLERK, SECOND_CLERK, HEAD, LEADER, AID_CLERK, APPROVER, CHECKER, _, *FINANCE = STAFF = [
    Account("clerk", "陈晓燕", "clerk", CITY),
    Account("clerk2", "许文静", "clerk", CITY),
    Account("head", "罗立新", "head", CITY),
    Account("leader", "江卫东", "leader", CITY),
    Account("aid", "沈玉兰", "aid_clerk", CITY),
    Account("approver", "魏国平", "aid_approver", CITY),
    Account("checker", "苏晓梅", "data_checker", CITY),
    Account("evaluator", "邹明远", "evaluator", CITY),
    Account("money1", "钟玉兰", "finance_maker", CITY),
    Account("money2", "廖志刚", "finance_checker", CITY),
    Account("money3", "范秀兰", "finance_approver", CITY),
    Account("money4", "姚志明", "finance_payer", CITY),
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
# The roads of hardship files in two streets. The first looks at them itself before its district
# does, and one of its unions has a chair and a committee of its own.
AID = [
    Account("committee1", "彭桂英", "committee", "JC01-01-001"),
    Account("town1", "邓丽华", "town_reviewer", "JC01-01"),
    Account("aid1", "薛海燕", "aid_clerk", "JC01"),
    Account("aid2", "石大勇", "aid_reviewer", "JC01"),
    Account("committee2", "卢凤英", "committee", "JC01-01"),
    Account("committee3", "崔慧敏", "committee", "JC05-02"),
    Account("aid3", "陆文斌", "aid_clerk", "JC05"),
    Account("aid4", "谭月华", "aid_reviewer", "JC05"),
]
# Who claimed a return may not put its account right when it came back.
SECOND_MAKER = Account("money5", "郭海燕", "finance_maker", CITY)
# The road of an honour: the city's clerk, reviewer and approver, and the clerk of a district.
HONOURS = [
    Account("honour1", "孔祥瑞", "honours_clerk", CITY),
    Account("honour2", "康丽君", "honours_reviewer", CITY),
    Account("honour3", "史国强", "honours_approver", CITY),
    Account("honour4", "段晓红", "honours_clerk", "JC01"),
]
# Who runs competitions, and who approves them and hands over those of the years before.
CONTEST_CLERK = Account("contest1", "侯丽敏", "competitions_clerk", CITY)
CONTEST_APPROVER = Account("contest2", "贺建平", "competitions_approver", CITY)
CONTESTS = [CONTEST_CLERK, CONTEST_APPROVER]
JUDGES = [
    Account("judge1", "卞志国", "judge", CITY),
    Account("judge2", "柏玉梅", "judge", CITY),
    Account("judge3", "季晓东", "judge", CITY),
]
BELOW = [*CHAIRS, *AID, SECOND_MAKER, *HONOURS, *CONTESTS, *JUDGES]
_NAMED = {account.username: account for account in BELOW}


def of_files(union: str) -> list[Account]:
    """Whose hands the hardship files of a union go through: author, committee, street, clerk and
    reviewer of the district. Where the street is not asked, its place is nobody's to act in."""
    if union == "JC01-01-001":
        names = "chair1 committee1 town1 aid1 aid2"
    elif union.startswith("JC01-01"):
        names = "aid1 committee2 town1 aid1 aid2"
    else:
        names = "aid3 committee3 town1 aid3 aid4"
    return [_NAMED[name] for name in names.split()]


ALL = [*ADMINISTRATORS, *STAFF, *DISTRICT_CLERKS.values(), *BELOW]


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
    return User(
        username=account.username,
        display_name=account.holder,
        organisation=organisation,
        certificate_number=account.number,
    )


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
