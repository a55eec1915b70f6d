"""Spoilt tables: no crash, no lost row, no half import, and every wrong cell is named."""

import hashlib
import io
import json
import re
import struct
from collections import Counter

import pytest
from django.db import transaction

from core.jobs import run_now
from core.models import Department, Job, Organisation, SheetImport
from core.sheets import imports
from members.models import Coverage, Employer, Membership, Person, UnionProfile
from tests.core import department_sheet  # noqa: F401 - registers the sheet of the engine's tests
from tests.hostile.bombs import parts_of
from tests.hostile.mutations import KINDS, Spoilt, sheet_of, spoilt
from tests.hostile.rosters import VALID, archive, as_ods, by_xlsxwriter

REGISTER = [Organisation, UnionProfile, Employer, Coverage, Person, Membership, Department]


def digest():
    """Of every row of the register."""
    found = hashlib.sha256()
    for model in REGISTER:
        for row in model.objects.order_by("pk").values_list().iterator():
            found.update(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode())
    return found.hexdigest()


def brought(case: Spoilt, world, clerk, *, strict):
    """The import of a spoilt table, as a clerk would start it."""
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(case.content),
            name=case.maker,
            sheet=case.sheet,
            organisation=world.city,
            is_strict=strict,
            by=clerk,
            send=False,
        )
    job = run_now(made.job)
    made.refresh_from_db()
    return made, job


def problems(case: Spoilt, made: SheetImport, job: Job, *, strict, before, after):
    """What the import did that it must not do."""
    if job.state != Job.State.DONE:
        yield f"job {job.state}: {job.error}"
        return
    counted = made.created + made.updated + made.same + made.rejected
    if not made.read == counted == made.rows.count():
        yield f"{made.read} read, {counted} counted, {made.rows.count()} kept"
    if case.rows is not None and made.read != case.rows:
        yield f"{case.rows} rows in the file, {made.read} read ({made.told})"
    if made.state == SheetImport.State.REFUSED:
        if before != after:
            yield "refused, but the register has changed"
        if not made.read and not (made.code and made.told[0].endswith("。")):
            yield f"refused without a sentence: {made.told}"
    elif made.state != SheetImport.State.DONE:
        yield f"state {made.state}"
    if strict and (made.state == SheetImport.State.DONE) != (not made.rejected and made.read > 0):
        yield f"strict, {made.rejected} rejected, but {made.state}"
    if bool(made.rejected) != bool(made.error_file):
        yield "rejected rows and no table to mend, or the other way round"
    said = imports.summary(made)["errors"]
    named = {(error["row"], error["column"]) for error in said}
    rows = {error["row"] for error in said}
    for row, heading, cell in case.wrong:
        if row not in rows or (heading and (row, heading) not in named):
            yield f"row {row}, {heading} {cell!r} is not named: {sorted(map(str, named))}"
    if any("Traceback" in error["message"] or "Error" in error["message"] for error in said):
        yield f"not a sentence: {json.dumps(said, ensure_ascii=False)[:300]}"


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", sorted(VALID))
def test_spoilt_tables_lose_no_row_and_change_nothing_by_halves(name, world, hostile):
    clerk = world.user("clerk")
    found, tally = [], Counter()
    for seed in range(1_000 if hostile else 84):
        if sheet_of(seed) != name:
            continue
        case = spoilt(seed)
        strict = case.seed % 5 != 0
        before = digest()
        with transaction.atomic():
            made, job = brought(case, world, clerk, strict=strict)
            after = digest()
            found += [
                f"{case}: {problem}"
                for problem in problems(case, made, job, strict=strict, before=before, after=after)
            ]
            tally[case.kind, made.code or made.state] += 1
            transaction.set_rollback(True)
    print(name, json.dumps({f"{kind} {end}": n for (kind, end), n in sorted(tally.items())}))
    assert not found, "\n".join(found)
    assert {kind for kind, _ in tally} == set(KINDS)


def shifted(content):
    """The list of contents says that the archive begins a byte before the file does."""
    made = bytearray(content)
    at = made.rindex(b"PK\x05\x06") + 16
    struct.pack_into("<I", made, at, struct.unpack_from("<I", made, at)[0] + 1)
    return bytes(made)


def without_sheets(content):
    parts = parts_of(content)
    name = "xl/workbook.xml"
    parts[name] = re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", parts[name])
    return archive(*parts.items())


GRID = [["所属工会", "部门编码", "部门名称"], ["city", "01", "组织部"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (shifted(by_xlsxwriter(GRID)), "damaged"),
        (shifted(as_ods(GRID)), "damaged"),
        (without_sheets(by_xlsxwriter(GRID)), "no_heading"),
    ],
    ids=["shifted xlsx", "shifted ods", "no sheet"],
)
def test_what_once_crashed_is_refused_with_a_sentence(content, code, world):
    """Found by the seeds."""
    case = Spoilt(0, "structure", "test_departments", "a.xlsx", content)
    made, job = brought(case, world, world.user("clerk"), strict=True)
    assert not list(problems(case, made, job, strict=True, before="", after=""))
    assert made.code == code


def test_a_zero_in_a_text_is_taken_out(world):
    """Found by the seeds: PostgreSQL takes none."""
    content = by_xlsxwriter([[f"{cell}\0" for cell in row] for row in [*GRID, ["city", "02", ""]]])
    case = Spoilt(0, "strange", "test_departments", "a.xlsx", content)
    made, job = brought(case, world, world.user("clerk"), strict=False)
    assert not list(problems(case, made, job, strict=False, before="", after=""))
    assert (made.created, made.rejected) == (1, 1)
    assert Department.objects.get().name == "组织部"
