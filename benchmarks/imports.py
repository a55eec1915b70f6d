"""Imports of members: a roster brought in, beside raw COPY of the same rows.

`ours` reads, checks, encrypts, looks for duplicates and writes persons, memberships, a result for
each row and the trail. `raw` copies the finished rows of the same tables, indexes and foreign keys
included. Every figure is taken in a process of its own, in a fresh copy of the city.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from benchmarks import Cost, Row, roster
from benchmarks.databases import Bench

SIZES = (100_000, 1_000_000)
LARGEST_WORKBOOK = 100_000  # one of a million rows says the same, much later
CITY, EMPTY, RUN = "imports_city", "imports_empty", "imports_run"
PER_ROW = "µs a row"


def measure(bench: Bench) -> Iterator[Row]:
    city = bench.copy_of_city(CITY)
    call_command("migrate", verbosity=0)
    empty = _emptied(bench, city)
    with tempfile.TemporaryDirectory() as folder:
        for size in (size for size in SIZES if size <= bench.members):
            yield from _size(bench, Path(folder), empty, city, size)


def _emptied(bench: Bench, city: str) -> str:
    """The same unions and employers without a member."""
    name = bench.copy(EMPTY, city)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_person, members_membership CASCADE")
        cursor.execute("VACUUM ANALYZE")
    return name


def _size(bench: Bench, folder: Path, empty: str, city: str, size: int) -> Iterator[Row]:
    named, kept = f"{size:,} members", folder / f"{size}"
    kept.mkdir()
    table = folder / f"{size}.csv"
    bench.copy(RUN, empty)
    roster.write(table, size)
    ours = take(bench, "ours", table)
    take(bench, "keep", kept)
    again = take(bench, "ours", table) if size <= LARGEST_WORKBOOK else None
    bench.copy(RUN, empty)
    raw = take(bench, "raw", kept)
    bench.copy(RUN, city)
    large = take(bench, "ours", table)
    yield Row(f"{named}, raw COPY", raw.wall, PER_ROW)
    yield Row(f"{named} from csv", ours.wall, PER_ROW, *_at_most(2.5, ours, raw, "raw COPY"))
    yield Row("  CPU of the process itself", ours.cpu, PER_ROW)
    yield Row("  peak memory", ours.peak, "MB", goal="≤ 150", met=ours.peak <= 150)
    if again:
        ratio = again.wall / ours.wall
        yield Row("  the unchanged file again", again.wall, PER_ROW, ratio, "first time")
    yield Row(
        f"  into {bench.members:,} members",
        large.wall,
        PER_ROW,
        *_at_most(1.3, large, ours, "empty"),
    )
    if size > LARGEST_WORKBOOK:
        return
    bench.copy(RUN, empty)
    workbook = folder / f"{size}.xlsx"
    roster.write(workbook, size)
    theirs = take(bench, "ours", workbook)
    yield Row(f"{named} from xlsx", theirs.wall, PER_ROW, *_at_most(3.5, theirs, raw, "raw COPY"))
    yield Row("  peak memory", theirs.peak, "MB", goal="≤ 300", met=theirs.peak <= 300)
    for way, goal in (("stock", 25), ("stock_without_diff", None), ("stock_in_bulk", 12)):
        bench.copy(RUN, empty)
        stock = take(bench, way, table)
        factor = stock.wall / ours.wall
        yield Row(
            f"  import-export, {way.replace('_', ' ')}",
            stock.wall,
            PER_ROW,
            factor,
            "ours",
            f"≥ {goal} ×" if goal else "",
            factor >= goal if goal else None,
        )


def _at_most(goal: float, cost: Cost, other: Cost, to: str) -> tuple[float, str, str, bool]:
    ratio = cost.wall / other.wall
    return ratio, to, f"≤ {goal} ×", ratio <= goal


def take(bench: Bench, way: str, path: Path) -> Cost:
    """What a way costs: wall and CPU in µs a row, and the peak of its process in MB."""
    command = [sys.executable, "-m", "benchmarks.importing", way, str(path)]
    done = subprocess.run(command, env=bench.environment(), stdout=subprocess.PIPE, check=True)  # noqa: S603
    told = json.loads(done.stdout)
    rows = max(told["rows"], 1)
    return Cost(told["wall"] / rows * 1e6, told["cpu"] / rows * 1e6, told["peak"])
