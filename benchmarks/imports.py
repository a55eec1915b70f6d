"""Imports of members: a roster brought in, beside raw COPY of the same rows.

`ours` reads, checks, encrypts, looks for duplicates and writes persons, memberships, a result for
each row and the trail. `raw` copies the finished rows of the same tables, indexes and foreign keys
included. Every figure is taken in a process of its own, in a fresh copy of the city.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

from django.core.management import call_command

from benchmarks import Cost, Row, roster
from benchmarks.databases import Bench

SIZES = (100_000, 1_000_000)
LARGEST_WORKBOOK = 100_000  # one of a million rows says the same, much later
CITY, EMPTY, RUN = "imports_city", "imports_empty", "imports_run"
PER_ROW = "µs a row"


def measure(bench: Bench) -> Iterator[Row]:
    city = bench.copy_of_city(CITY)
    call_command("migrate", verbosity=0)
    empty = emptied(bench, city)
    with tempfile.TemporaryDirectory() as folder:
        for size in (size for size in SIZES if size <= bench.members):
            yield from _size(bench, Path(folder), empty, city, size)


def emptied(bench: Bench, city: str) -> str:
    """The same unions and employers without a member."""
    name = bench.copy(EMPTY, city)
    bench.clear("members_person", "members_membership")
    return name


def _size(bench: Bench, folder: Path, empty: str, city: str, size: int) -> Iterator[Row]:
    named, table = f"{size:,} members", folder / f"{size}.csv"
    roster.write(table, size)
    ours, raw = yield from beside_raw(bench, empty, table, named, "raw COPY", goals=(2.5, 150))
    bench.copy(RUN, city)
    large = take(bench, "ours", table)
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


def beside_raw(
    bench: Bench,
    empty: str,
    table: Path,
    named: str,
    way: str,
    goals: tuple[float, float] | None = None,
) -> Generator[Row, None, tuple[Cost, Cost]]:
    """The roster into a city without members, and its finished rows written raw; their costs.

    `goals` are how many times the raw way it may take, and MB.
    """
    bench.copy(RUN, empty)
    ours = take(bench, "ours", table)
    with tempfile.TemporaryDirectory() as kept:
        take(bench, "keep", Path(kept))
        again = take(bench, "ours", table)
        bench.copy(RUN, empty)
        raw = take(bench, "raw", Path(kept))
    factor, most, peak = ours.wall / raw.wall, *(goals or (0, 0))
    goal = {"goal": f"≤ {most} ×", "met": factor <= most} if goals else {}
    yield Row(f"{named}, {way}", raw.wall, PER_ROW)
    yield Row(f"{named} from csv", ours.wall, PER_ROW, factor, way, **goal)
    yield Row("  CPU of the process itself", ours.cpu, PER_ROW)
    goal = {"goal": f"≤ {peak}", "met": ours.peak <= peak} if goals else {}
    yield Row("  peak memory", ours.peak, "MB", **goal)
    yield Row(
        "  the unchanged file again", again.wall, PER_ROW, again.wall / ours.wall, "first time"
    )
    return ours, raw


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
