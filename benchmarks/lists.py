"""Lists, search and scope.

Every page is asked for through gunicorn by one user and by eight at once, without pauses. What the
stock admin takes for the same rows stands beside.
"""

from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import Row, percentile
from benchmarks.databases import Bench
from benchmarks.serving import Page, Server, served, session, times
from core.models import User
from members.models import Person

USERS = 8
LIST = "/admin/members/membership/"
# The first of them are compared with the stock admin.
COMPARED = [
    Page("members of the city", "clerk", LIST),
    Page("those who left", "clerk", f"{LIST}?state=left"),
    Page("one of the eight groups", "clerk", f"{LIST}?worker_group__exact=courier"),
    Page("by date of joining", "clerk", f"{LIST}?o=7"),
    Page("name 张伟", "clerk", f"{LIST}?q=张伟"),
    Page("name 王建国", "clerk", f"{LIST}?q=王建国"),
    Page("pinyin zhangwei", "clerk", f"{LIST}?q=zhangwei"),
]
STOCK = {"state=left": "left_on__isnull=False", "o=7": "o=8"}  # how its addresses say it
ADMIN = [
    Page("twentieth page", "clerk", f"{LIST}?p=20"),
    Page("1,500,000 rows down", "clerk", f"{LIST}?after=1500000"),
    Page("joined in a month", "clerk", f"{LIST}?joined_on_from=2024-01-01&joined_on_to=2024-01-31"),
    Page("initials zw", "clerk", f"{LIST}?q=zw"),
    Page("members of a district", "clerk01", LIST),
    Page("a district, those who left", "clerk01", f"{LIST}?state=left"),
    Page("a district, name 张伟", "clerk01", f"{LIST}?q=张伟"),
    Page("a district of old members only", "clerk06", LIST),
    Page("the same, one of the eight groups", "clerk06", f"{LIST}?worker_group__exact=courier"),
    Page("unions", "clerk", "/admin/core/organisation/"),
    Page("employers", "clerk", "/admin/members/employer/"),
    Page("one member", "clerk", f"{LIST}5/change/"),
    Page("timeline of a member", "clerk", f"{LIST}5/history/"),
]
PORTAL = [
    Page("portal: first page of a chair", "chair1", "/"),
    Page("portal: roster of a chair", "chair1", "/members/"),
    Page("portal: tables", "chair1", "/sheets/"),
    Page("portal: own jobs", "chair1", "/jobs/"),
    Page("portal: account", "chair1", "/account/"),
]


def measure(bench: Bench) -> Iterator[Row]:
    bench.city()
    person = Person.objects.get(pk=bench.members // 2)
    find = reverse("admin:members_membership_find")
    numbers = [
        Page("certificate number", "clerk", find, person.certificate_number.clear()),
        Page("phone", "clerk", find, person.phone.clear()),
    ]
    accounts = {page.account for page in (*COMPARED, *ADMIN, *PORTAL)}
    cookies = {account: session(account) for account in accounts}

    stock = {}
    plain = {**bench.environment(), "PGOPTIONS": ""}  # ours are part of what is compared
    with served(plain, "benchmarks.stock.settings") as server:
        for page in COMPARED:
            path = page.path
            for ours, theirs in STOCK.items():
                path = path.replace(ours, theirs)
            cookie = cookies[page.account]
            found, cpu = times(server, page._replace(path=path), cookie, asks=5)
            stock[page] = percentile(found, 50), cpu
            yield Row(f"stock admin: {page.what}, p50", stock[page][0], "ms")

    with served(bench.environment()) as server:
        for page in [*COMPARED, *numbers, *ADMIN]:
            found, cpu = times(server, page, cookies[page.account])
            half, most = percentile(found, 50), percentile(found, 95)
            if page in stock:
                ratio = half / stock[page][0]
                yield Row(f"{page.what}, p50", half, "ms", ratio, "stock", "≤ 0.1", ratio <= 0.1)
            yield Row(f"{page.what}, p95", most, "ms", goal="≤ 150 ms", met=most <= 150)
            yield Row(f"{page.what}, CPU of the application", cpu, "ms")
        for page in PORTAL:
            yield from _crowd(server, page, cookies[page.account], goal=100)
        for page in (COMPARED[0], COMPARED[4], numbers[0], ADMIN[3]):
            yield from _crowd(server, page, cookies[page.account])

    many = queries(COMPARED[0])
    few = queries(COMPARED[0]._replace(path=f"{LIST}?q={person.name}"))
    yield Row("queries of the list, all members", many, "queries")
    yield Row("queries of the list, few members", few, "queries", goal="the same", met=few == many)


def _crowd(server: Server, page: Page, cookie: str, goal: float = 0) -> Iterator[Row]:
    """What eight users at once get."""
    found, cpu = times(server, page, cookie, users=USERS)
    for percent in (50, 95, 99):
        value = percentile(found, percent)
        told = {"goal": f"≤ {goal} ms", "met": value <= goal} if goal and percent == 95 else {}
        yield Row(f"{page.what}, {USERS} users, p{percent}", value, "ms", **told)
    yield Row(f"{page.what}, CPU of the application", cpu, "ms")


def queries(page: Page) -> int:
    """How many queries the page asks, without those of the session's first use."""
    client = Client(SERVER_NAME="127.0.0.1")
    user = User.objects.get(username=page.account)
    client.force_login(user, backend="core.backends.RoleBackend")
    client.get(page.path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page.path)
    if answer.status_code != 200:
        raise RuntimeError(f"{page.path} as {page.account}: {answer.status_code}")
    return len(asked)
