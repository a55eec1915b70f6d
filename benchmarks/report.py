"""The yearly report

The report of the whole city, step by step, as the worker makes it; then its layout beside plain
WeasyPrint, and a long annex beside the same rows as a table.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from benchmarks import Cost, Row, measured
from benchmarks.databases import Bench
from core import jobs
from core.models import Job, Organisation
from core.periods import Period
from members.models import Membership
from reports import charts, checker, layout, rendering, services, shipped, tasks
from reports.faces import Faces
from reports.layout import Annex, Chart, Document, Heading, Paragraph, Roster, Run, Table

PAGES = 40
ROUNDS = 3
ROWS = (500, 5000)
SENTENCE = "全市各级工会聚焦主责主业，把职工最广泛地组织到工会中来，把基层建得更加扎实有力。"
HEAD = ("工会全称", "编码", "层级", "建会日期")
# Renders argv[1] to argv[2] with nothing around it, then says its highest memory in kB.
PLAIN = (
    "import resource, sys, weasyprint;"
    "weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[2], pdf_variant='pdf/a-3b');"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def measure(bench: Bench) -> Iterator[Row]:
    yield from whole_report(bench)
    faces = tasks.faces()
    yield from forty_pages(faces)
    yield from long_annex(faces)


def whole_report(bench: Bench) -> Iterator[Row]:
    """From asking to the stored files; PDF in its child, the rest in this process."""
    bench.copy_of_city("report")
    top = Organisation.objects.get(depth=1)
    year = Period.year(Membership.objects.latest("joined_on").joined_on.year)
    run = services.start(shipped.install(top), organisation=top, period=year, by=None, send=False)
    steps: dict[str, Cost] = {}
    step = jobs.Run.step

    def timed(self, name, function, **options):
        with measured() as steps[name]:
            return step(self, name, function, **options)

    with patch.object(jobs.Run, "step", timed), measured() as cost:
        done = jobs.run_now(run.job)
    if done.state != Job.State.DONE:
        raise RuntimeError(done.error)
    for name, one in steps.items():
        yield Row(f"{name}, {one.peak:.0f} MB", one.wall, "s")
    yield Row("the report, all steps", cost.wall, "s", goal="at most 60", met=cost.wall <= 60)
    worker = max(one.peak for one in steps.values())
    yield Row("memory of the worker", worker, "MB", goal="under 500", met=worker < 500)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Row("memory of the child that renders", child, "MB")


def forty_pages(faces: Faces) -> Iterator[Row]:
    """Text, tables and charts, against the same HTML without child, checks and limits."""
    page = layout.page(Document("年度工作报告", tuple(_body(faces))), faces)
    theirs, mine = [], []
    for _ in range(ROUNDS):  # a tenth is less than one round differs from the next
        with measured() as plain:
            _plain(page)
        theirs.append(plain.cpu)
        with measured() as ours:
            made, pages = rendering.render_page(page, faces.all())
        mine.append(ours.cpu)
    with measured() as check:
        checker.check(made, faces)
    took, ratio = statistics.median(mine), statistics.median(mine) / statistics.median(theirs)
    each = took / pages
    yield Row(f"{pages} pages, CPU a page", each, "s", goal="at most 0.35", met=each <= 0.35)
    yield Row("the same, CPU", took, "s", ratio, "plain WeasyPrint", "at most 1.1", ratio <= 1.1)
    yield Row("measuring its layout, CPU", check.cpu, "s")


def long_annex(faces: Faces) -> Iterator[Row]:
    peaks = []
    for number in ROWS:
        rows = tuple(_union(index) for index in range(number))
        roster = Roster("名册", HEAD, rows)
        with measured() as ours:
            page = layout.page(Document("附表", (), annexes=(Annex("名册", (roster,)),)), faces)
            peak = _plain(page)
        peaks.append(peak)
        yield Row(f"annex of {number:,} rows, {peak:.0f} MB, CPU", ours.cpu, "s")
    table = Table("名册", HEAD, tuple(tuple(map(Run, row)) for row in rows))
    page = layout.page(Document("附表", (), annexes=(Annex("名册", (table,)),)), faces)
    with measured() as plain:
        peak = _plain(page)
    yield Row(
        f"the same as a table in one piece, {peak:.0f} MB, CPU", plain.cpu, "s",
        ours.cpu / plain.cpu, "the table", "at most 0.5", ours.cpu <= plain.cpu / 2,
    )  # fmt: skip
    grown = peaks[-1] / peaks[0]
    yield Row(
        "memory of ten times the rows", peaks[-1], "MB",
        grown, f"that of {ROWS[0]} rows", "at most 1.2", grown <= 1.2,
    )  # fmt: skip


def _body(faces: Faces) -> Iterator[layout.Block]:
    """About forty pages: on each two paragraphs, and in turn a table and a chart."""
    names = [f"第{index}区" for index in range(1, 13)]
    for number in range(PAGES):
        if number % 4 == 0:
            yield Heading(2, (Run("会员队伍更加壮大"),))
        yield Paragraph((Run(SENTENCE * 4),))
        yield Paragraph((Run(SENTENCE * 3), Run("13412人", "https://city.example/figures/1")))
        if number % 2:
            values = [(name, 100 * (place + number)) for place, name in enumerate(names)]
            yield Chart("各区会员", charts.bars("各区会员", values, "人", faces))
        else:
            rows = tuple((Run(name), *(Run("12,345"),) * 4) for name in names)
            yield Table("各区会员", ("单位", *("会员（人）",) * 4), rows)


def _union(index: int) -> tuple[str, ...]:
    return (
        f"江城市新桥街道第{index}联合工会",
        f"JC{index:06}",
        "基层",
        f"2025-{index % 12 + 1:02}-15",
    )


def _plain(page: str) -> float:
    """Render the page with WeasyPrint alone, in a process of its own; its peak in MB."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "page.html"
        source.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", PLAIN, source, Path(name) / "page.pdf"],
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": name, "LANG": "C.UTF-8"},
        )
    return int(done.stdout) / 1024
