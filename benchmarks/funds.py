"""Union funds: a month taken in, and what is owed to whom

Three years of receipts of 100,000 payers. One month more goes in end to end: its table is read,
checked and matched, counted and reconciled, split, made due and posted. Beside it the same rows by
COPY and plain statements into the same tables, indexes and guards included. The table of all
unions and its ranking are asked for as of a day.
"""

import csv
import datetime
import statistics
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import Cost, Row, measured, treasury
from benchmarks.databases import Bench
from benchmarks.treasury import LAST_DAY, MONTHS, PAYERS

CITY, ROUNDS, OWED = "funds", 3, 3
HEADINGS = ("批次号", "税票号", "纳税人识别号", "缴费单位", "品目", "所属期起", "所属期止",
            "工资总额", "金额", "入库日期", "征收机关")  # fmt: skip

# The same in SQL, written for these tables.
STAGE = (
    "CREATE TEMPORARY TABLE stage (number text, receipt text, code text, payer text, kind text,"
    " first date, last date, wages numeric, amount numeric, entry date, office text)"
)
MATCH = """
    INSERT INTO funds_collectionline (receipt_number, credit_code, payer_name, fund_kind,
        period_first, period_last, wage_base, amount, entry_on, tax_office, match, is_void,
        batch_id, employer_id, organisation_id, union_id)
    SELECT receipt, code, payer, CASE kind WHEN '工会经费' THEN 'dues' ELSE 'preparation' END,
        first, last, wages, amount, entry, office, CASE WHEN e.id IS NULL THEN '' ELSE 'code' END,
        false, %(batch)s, e.id, coalesce(c.organisation_id, e.organisation_id, %(city)s),
        c.organisation_id
    FROM stage
    LEFT JOIN members_employer e ON e.credit_code = code
    LEFT JOIN members_coverage c ON c.employer_id = e.id AND c.since <= first
        AND (c.until IS NULL OR c.until > first)
"""
OPEN = "due_on <= %(on)s AND NOT is_custody AND (r.paid_on IS NULL OR r.paid_on > %(on)s)"
AGES = [
    f"{OPEN} AND %(on)s - due_on BETWEEN {low} AND {high}"
    for low, high in ((0, 30), (31, 90), (91, 180), (181, 365), (366, 99_999))
] + [
    f"{OPEN} AND extract(year FROM period) {test}"
    for test in ("= 2026", "= 2025", "= 2024", "<= 2023")
]
COLUMNS = [f"age{number}" for number in range(len(AGES))]
# By union what is due, paid, owed, over, due later and held; the ages and years of what is owed.
POSITIONS = f"""
    SELECT organisation_id, due, paid, greatest(due - paid, 0) AS owed,
        greatest(paid - due, 0) AS over, later, held, {", ".join(COLUMNS)}
    FROM (
        SELECT d.organisation_id,
            coalesce(sum(d.amount) FILTER (WHERE due_on <= %(on)s AND NOT is_custody), 0) AS due,
            coalesce(sum(d.amount) FILTER (WHERE r.paid_on <= %(on)s), 0) AS paid,
            coalesce(sum(d.amount) FILTER (WHERE due_on > %(on)s AND NOT is_custody), 0) AS later,
            coalesce(sum(d.amount) FILTER (WHERE is_custody
                AND (x.id IS NULL OR x."on" > %(on)s)), 0) AS held,
            {
    ", ".join(
        f"sum(d.amount) FILTER (WHERE {age}) AS {name}"
        for name, age in zip(COLUMNS, AGES, strict=True)
    )
}
        FROM funds_due d
        LEFT JOIN funds_return r ON r.id = d.returned_by_id
        LEFT JOIN funds_distribution x ON x.id = d.released_by_id
        WHERE booked_on <= %(on)s GROUP BY 1
    ) sums
"""
RANKING = f"""
    SELECT place.ancestor_id, sum(due), sum(paid), sum(owed) AS owed, sum(over), sum(later),
        sum(held), {", ".join(f"sum({name})" for name in COLUMNS)}
    FROM ({POSITIONS}) sums
    JOIN core_lineage place ON place.descendant_id = sums.organisation_id
        AND place.since <= %(on)s AND place.until > %(on)s
    JOIN core_organisation o ON o.id = place.ancestor_id AND o.level IN ('district', 'industry')
    GROUP BY 1 ORDER BY 4 DESC
"""


def measure(bench: Bench) -> Iterator[Row]:
    bench.copy_of_city(CITY)
    bench.clear("members_person", "members_membership")
    with measured() as cost:
        treasury.fill()
    yield Row(f"{MONTHS * PAYERS:,} receipts of three years, written by statements", cost.wall, "s")
    yield from measured_here()


def measured_here() -> Iterator[Row]:
    """In the connected city, which has its three years."""
    yield from _tables()
    with tempfile.TemporaryDirectory() as folder:
        yield from _months(Path(folder))


# The tables.


def _tables() -> Iterator[Row]:
    from core.models import Organisation
    from funds import positions

    city, on = Organisation.objects.get(depth=1), LAST_DAY

    def table() -> dict[int, Decimal]:
        found = positions.by_union(positions.below(city, on), on)
        return {union: at.owed for union, at in found.items() if at.owed}

    def ranking() -> dict[int | None, Decimal]:
        found = positions.by_district(positions.by_union(positions.below(city, on), on), on)
        return {place: at.owed for place, at in found.items() if place and at.owed}

    for what, ours, sql, goal in (
        ("应返未返 of all unions", table, POSITIONS, 3),
        ("its ranking by district", ranking, RANKING, 3),
    ):
        plain = _plainly(sql, on)
        mine, floor = _beside(ours, plain)
        if ours() != plain():
            raise AssertionError(f"{what}: the two ways do not say the same")
        yield Row(f"{what}, plain SQL", floor, "s")
        ratio = mine / floor
        yield Row(what, mine, "s", ratio, "plain SQL", f"≤ {goal} ×", ratio <= goal)


def _plainly(sql: str, on: datetime.date) -> Callable[[], dict[int, Decimal]]:
    def asked() -> dict[int, Decimal]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"on": on})
            return {row[0]: row[OWED] for row in cursor.fetchall() if row[OWED]}

    return asked


def _beside(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """The medians of seconds, taken by turns after once for warmth."""
    walls: tuple[list[float], list[float]] = [], []
    for number in range(ROUNDS + 1):
        for way, kept in zip((ours, theirs), walls, strict=True):
            with measured() as cost:
                way()
            if number:
                kept.append(cost.wall)
    return statistics.median(walls[0]), statistics.median(walls[1])


# A month more.


def _months(folder: Path) -> Iterator[Row]:
    """Ours and plainly by turns, each time the next month."""
    from core.models import Organisation

    city = Organisation.objects.get(depth=1)
    ours: list[dict[str, Cost]] = []
    plain: list[dict[str, Cost]] = []
    for number in range(2):
        for way, kept in ((_ours, ours), (_plain, plain)):
            month = MONTHS + 2 * number + (way is _plain)
            file = folder / f"{month}.csv"
            count, total = write(file, month, city.pk)
            kept.append(way(file, month, city, count, total))
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE funds_due, funds_allocation, funds_collectionline")
    floor = {step: min(each[step].wall for each in plain) for step in plain[0]}
    mine = {step: min((each[step] for each in ours), key=lambda c: c.wall) for step in ours[0]}
    named, per = f"a month of {PAYERS:,} receipts", 1e6 / PAYERS
    whole, least = sum(each.wall for each in mine.values()), sum(floor.values())
    yield Row(f"{named}, COPY and plain SQL", least * per, "µs a row")
    for step, wall in floor.items():
        yield Row(f"  {step}", wall * per, "µs a row")
    ratio = whole / least
    yield Row(
        f"{named}, end to end", whole * per, "µs a row", ratio, "plain SQL", "≤ 6 ×", ratio <= 6
    )
    for step, cost in mine.items():
        yield Row(f"  {step}", cost.wall * per, "µs a row")
        yield Row(f"  {step}, CPU of the process itself", cost.cpu * per, "µs a row")
    yield Row("  peak memory", max(cost.peak for cost in mine.values()), "MB")


def write(file: Path, month: int, city: int) -> tuple[int, Decimal]:
    """The table of a month as the tax agency hands it over; its count and sum."""
    first = treasury.month_of(month)
    last = treasury.month_of(month + 1) - datetime.timedelta(days=1)
    number = f"{first:%Y%m}"
    facts = {"month": number, "first": first, "last": last, "batch": month, "city": city}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(treasury.PAYER, {"payers": PAYERS})
        cursor.execute("CREATE TEMPORARY TABLE made (LIKE funds_collectionline)")
        cursor.execute("ALTER TABLE made ALTER id DROP NOT NULL")
        cursor.execute(treasury.LINES.replace("funds_collectionline", "made"), facts)
        cursor.execute(
            "SELECT receipt_number, credit_code, payer_name, CASE fund_kind WHEN 'dues' THEN"
            " '工会经费' ELSE '建会筹备金' END, period_first, period_last, wage_base, amount,"
            " entry_on, tax_office FROM made ORDER BY receipt_number"
        )
        rows = cursor.fetchall()
        cursor.execute("DROP TABLE made")
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(HEADINGS)
        table.writerows((number, *row) for row in rows)
    return len(rows), sum(row[7] for row in rows)


def _ours(file: Path, month: int, city: Any, count: int, total: Decimal) -> dict[str, Cost]:
    """The road of a clerk: the batch, its sheet, what arrived, the steps of three persons."""
    from core import workflow
    from core.jobs import run_now
    from core.models import User
    from core.sheets import imports
    from funds.models import BankArrival, CollectionBatch
    from funds.services import collection

    maker, checker, approver = (User.objects.get(username=f"money{n}") for n in (1, 2, 3))
    batch = collection.open_batch(
        organisation=city,
        channel="tax",
        number=f"{treasury.month_of(month):%Y%m}",
        declared_count=count,
        declared_total=total,
        by=maker,
    )
    with measured() as taken_in:
        with file.open("rb") as stream, transaction.atomic():
            made = imports.start(
                stream,
                name=file.name,
                sheet="collection_lines",
                organisation=city,
                is_strict=True,
                by=maker,
                send=False,
            )
        done = run_now(made.job)
        made.refresh_from_db()
        if done.error or made.created != count:
            raise SystemExit(f"{done.error} {done.result}")
    with measured() as reconciled:
        BankArrival.objects.create(
            organisation=city, reference=f"YH{month}", on=timezone.localdate(), amount=total
        )
        arrived = BankArrival.objects.filter(reference=f"YH{month}")
        collection.assign_arrivals(arrived, batch, by=maker)
        workflow.apply(batch, "count", by=maker)
        workflow.apply(CollectionBatch.objects.get(pk=batch.pk), "reconcile", by=checker)
    with measured() as distributed:
        row = workflow.apply(CollectionBatch.objects.get(pk=batch.pk), "distribute", by=approver)
        done = run_now(row.job)
        if done.error:
            raise SystemExit(done.error)
    return {"taken in": taken_in, "counted and reconciled": reconciled, "distributed": distributed}


def _plain(file: Path, month: int, city: Any, count: int, total: Decimal) -> dict[str, Cost]:
    """The same rows by COPY into a bare table and by statements from there."""
    first = treasury.month_of(month)
    with measured() as taken_in, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        with file.open("rb") as stream:
            cursor.copy_expert("COPY stage FROM STDIN (FORMAT csv, HEADER true)", stream)
        cursor.execute("ANALYZE stage")
        batch = treasury.open_batch(cursor, f"{first:%Y%m}", count, total, city.pk)
        cursor.execute(MATCH, {"batch": batch, "city": city.pk})
        cursor.execute("DROP TABLE stage")
    with measured() as distributed:
        with transaction.atomic(), connection.cursor() as cursor:
            treasury.open_distribution(cursor, batch, first, city.pk)
        treasury.distribute_plainly(batch)
    return {"COPY, matched": taken_in, "split and posted": distributed}
