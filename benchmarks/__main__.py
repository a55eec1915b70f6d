"""`python -m benchmarks`: runs the sections and prints their figures; `--write` keeps them."""

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.db import connection
from django.utils import timezone

from benchmarks import SECTIONS, Row
from benchmarks.databases import Bench

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEADINGS = ("what", "figure", "ratio", "goal", "")


def main() -> None:
    django.setup()
    from demo.management.commands.demo import aligned  # needs the apps

    asked = _asked()
    bench = Bench(asked.members)
    for name in asked.sections or available():
        section = importlib.import_module(f"benchmarks.{name}")
        heading = section.__doc__.splitlines()[0]
        sys.stdout.write(f"{heading}\n")
        cells = [HEADINGS]
        for row in section.measure(bench):
            cells.append(shown(row))
            sys.stdout.write(f"  {'  '.join(cells[-1])}\n")
            sys.stdout.flush()
        told = machine(*getattr(section, "engine", postgresql)(bench))
        sys.stdout.write("\n" + "\n".join(aligned(cells)) + f"\n\n{told}\n\n")
        if asked.write:
            write(PAGE, name, [*markdown(cells), "", told])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure against the goals.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {available()}")
    parser.add_argument("--members", type=int, default=3_000_000, help="size of the city")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(available()):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    return asked


def available() -> list[str]:
    """The sections that stand beside this module."""
    here = Path(__file__).parent
    return [name for name in SECTIONS if (here / f"{name}.py").exists()]


def shown(row: Row) -> tuple[str, str, str, str, str]:
    """The cells of one figure."""
    ratio = "" if row.ratio is None else f"{_number(row.ratio)} × {row.to}"
    return (
        row.what,
        f"{_number(row.figure)} {row.unit}",
        ratio,
        row.goal,
        {None: "", True: "met", False: "missed"}[row.met],
    )


def _number(value: float) -> str:
    """With three significant digits, and every one before the point."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def markdown(cells: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], "|---" * len(HEADINGS) + "|", *lines[1:]]


def postgresql(bench: Bench) -> tuple[int, str]:
    """How large the city is, and on what it stands. A section on another engine has its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name IN ("
            "'server_version', 'shared_buffers', 'work_mem', 'synchronous_commit',"
            " 'max_parallel_workers_per_gather')"
        )
        known = dict(cursor.fetchall())
    version = known.pop("server_version").split()[0]
    settings = ", ".join(f"{name} {value}" for name, value in sorted(known.items()))
    return bench.members, f"PostgreSQL {version} ({settings})"


def machine(members: int, engine: str) -> str:
    """Where and when it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{timezone.localdate()}, {members:,} members, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"load {os.getloadavg()[1]:.0f}, Python {sys.version.split()[0]}, {engine}."
    )


def write(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put the lines between the markers of the section, in place of what stood there."""
    mark, end = f"<!-- bench {name} -->", f"<!-- end {name} -->"
    text, found = re.subn(
        f"(?<={mark}\n).*?(?={end})",
        lambda _: "\n".join([*lines, ""]),
        page.read_text(),
        flags=re.S,
    )
    if not found:
        raise SystemExit(f"{page.name} has no {mark}")
    page.write_text(text)


if __name__ == "__main__":
    main()
