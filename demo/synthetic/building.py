"""Writing a synthetic city into a fresh installation."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from django.db import connection, transaction

from core import bulk
from core.errors import Refused
from core.models import Organisation, User
from core.periods import Period
from core.services import figures, organisations
from demo import accounts
from demo.places import CITY, CITY_NAME
from demo.synthetic import bodies, loading, people
from demo.synthetic.draws import day_of
from demo.synthetic.plan import Synthetic, body_of
from members.models import (
    Coverage,
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Person,
    Post,
    Transfer,
    UnionProfile,
)

PROCESSES = 2
LOADED = (UnionProfile, Employer, Coverage, Post, Mechanism, HeadcountReport, Person, Membership,
          Transfer)  # fmt: skip
PEOPLE = ((Person, people.PERSON), (Membership, people.MEMBERSHIP),
          (Transfer, people.TRANSFER))  # fmt: skip


def build(city: Synthetic, tell: Callable[[str], None]) -> None:
    """Write the whole city in one transaction into a fresh installation."""
    with transaction.atomic():
        if Organisation.objects.exists() or User.objects.exists():
            raise Refused("系统中已有组织或账号，合成城市只能建在新装的系统中。", code="not_empty")
        _found(city)
        tell(f"工会组织 {len(city.pks):,} 个，账号 {len(accounts.ALL)} 个")
        names = [model._meta.db_table for model in LOADED]
        with connection.cursor() as cursor, loading.engine().bare(cursor, names):
            loading.load(UnionProfile, bodies.PROFILE, bodies.profiles(city))
            loading.load(Employer, bodies.FIRM, bodies.firms(city))
            loading.load(Coverage, bodies.COVERAGE, bodies.coverages(city))
            loading.load(Post, bodies.POST, bodies.posts(city))
            loading.load(Mechanism, bodies.MECHANISM, bodies.mechanisms(city))
            head = accounts.user(accounts.HEAD)
            loading.load(HeadcountReport, bodies.HEADCOUNT, bodies.headcounts(city, head))
            tell("用人单位、建会覆盖、任职、制度机制、年报已写入")
            _load_people(city, tell)
        _base_figures(city)
    with connection.cursor() as cursor:
        if not connection.in_atomic_block:
            loading.engine().tidy(cursor, names)


def _found(city: Synthetic) -> None:
    """Tree, history of the tree and accounts, through their services."""
    level = Organisation.Level.MUNICIPAL
    root = organisations.plant(body_of(CITY, CITY_NAME, level, day_of(1950, 3, 12), "市总工会"))
    accounts.found(root)
    clerk = accounts.user(accounts.CLERK)
    known = {CITY: root}
    pairs = []
    for body, above in (*city.federations(), *city.bodies()):
        known[body.code] = body
        pairs.append((body, known[above]))
    organisations.establish_many(pairs, by=clerk)
    city.pks = dict(Organisation.objects.order_by("path").values_list("code", "pk"))
    accounts.open_all(accounts.DISTRICT_CLERKS.values())
    accounts.open_all(accounts.BELOW)


def _load_people(city: Synthetic, tell: Callable[[str], None]) -> None:
    """Chunks are made up and packed in other processes, and written by this one."""
    chunks = range(-(-city.members // people.CHUNK))
    for number, packed in enumerate(_packed(city, chunks), start=1):
        for (model, _), batch in zip(PEOPLE, packed, strict=True):
            bulk.load(model, batch)
        if number % 10 == 0 or number == len(chunks):
            tell(f"会员 {min(number * people.CHUNK, city.members):,} / {city.members:,}")


def _packed(city: Synthetic, chunks: range) -> Iterator[list[bulk.Packed]]:
    """Every chunk, packed, in order; never more than a few wait to be written."""
    if len(chunks) < 2:
        yield from (_pack(city, number) for number in chunks)
        return
    waiting: deque[Future] = deque()
    # Forked, so that the plan of the city is there already; the children never ask the database.
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        _Shared.city = city
        for number in chunks:
            waiting.append(pool.submit(_pack_shared, number))
            if len(waiting) > 2 * PROCESSES:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Shared:
    """What the forked children find in memory."""

    city: Synthetic


def _pack_shared(number: int) -> list[bulk.Packed]:
    return _pack(_Shared.city, number)


def _pack(city: Synthetic, number: int) -> list[bulk.Packed]:
    made = zip(PEOPLE, people.chunk(city, number), strict=True)
    return [loading.pack(model, names, rows) for (model, names), rows in made]


def _base_figures(city: Synthetic) -> None:
    """The survey of workers of the new forms of work, of each year of the reports."""
    root = Organisation.objects.get(code=CITY)
    for year in ("2021", "2024", "2025"):
        figure = figures.enter_manual_figure(
            "members.new_form_base",
            organisation=root,
            period=Period.parse(year),
            value=max(1, city.members // 4),
            source=f"{year}年全市新就业形态劳动者摸底调查汇总表",
            by=accounts.user(accounts.CLERK),
        )
        figures.sign_off(figure, by=accounts.user(accounts.HEAD))
