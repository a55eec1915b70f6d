"""Runs imports: from an uploaded file to stored rows, results of each row, and a table to mend.

A job of three steps. `check` reads the file once and finds what stands in it twice; `write` cleans,
matches and stores, in one transaction (strict) or in one per slice (partial); `workbook` gives the
table back if rows were rejected. Killed at any point and run again it ends with the same result.
"""

import gc
import io
import json
import tempfile
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from core import audit, bulk
from core.bulk import batched
from core.errors import Refused
from core.jobs import Run, enqueue, job
from core.models import Organisation, SheetImport, SheetMend, User
from core.services import files
from core.services.records import require
from core.sheets import limits
from core.sheets.admission import Unreadable, refuse_large
from core.sheets.engine import Context, Finding, Outcome, Row, Sheet, registry, sheet_named
from core.sheets.judging import Judge, identity
from core.sheets.mapping import saved_for
from core.sheets.overlay import Mends, laid_over
from core.sheets.reading import Line, Table, open_table
from core.sheets.results import Results
from core.sheets.workbooks import MEDIA_TYPE, write_errors


@transaction.atomic
def start(
    stream: BinaryIO,
    *,
    name: str,
    sheet: str,
    organisation: Organisation,
    is_strict: bool = True,
    by: User,
    send: bool = True,
) -> SheetImport:
    """Keep an uploaded table and ask for its import. `name` is what the user called the file.

    `send=False` is for a caller who runs the job himself (`core.jobs.run_now(made.job)`).
    """
    if sheet not in registry:
        raise Refused(f"没有名为“{sheet}”的表格。", code="unknown_sheet")
    permission = sheet_named(sheet).permission
    require(by, permission, organisation)
    refuse_large(stream.seek(0, io.SEEK_END), limits.MAX_TEXT_BYTES)
    stream.seek(0)
    upload = files.store(
        stream,
        name=name,
        media_type="application/octet-stream",
        permission=permission,
        organisation=organisation,
        by=by,
        keep_days=limits.KEEP_UPLOAD_DAYS,
    )
    asked = enqueue("core.sheet_import", by=by, organisation=organisation, parameters={}, send=send)
    return SheetImport.objects.create(
        job=asked, sheet=sheet, organisation=organisation, upload=upload, is_strict=is_strict
    )


@transaction.atomic
def again(made: SheetImport, *, by: User, send: bool = True) -> SheetImport:
    """Import an upload once more that was turned down as a whole, in the same way."""
    require(by, sheet_named(made.sheet).permission, made.organisation)
    asked = enqueue(
        "core.sheet_import", by=by, organisation=made.organisation, parameters={}, send=send
    )
    return SheetImport.objects.create(
        job=asked,
        sheet=made.sheet,
        organisation=made.organisation,
        upload=made.upload,
        is_strict=made.is_strict,
    )


@job("core.sheet_import", label="导入表格")
def import_sheet(run: Run) -> dict[str, Any]:
    """The job of one `SheetImport`."""
    return _Import(run, run.job.sheet_import).run()


def summary(made: SheetImport) -> dict[str, Any]:
    """The counts and every error, as commands and pages show them.

    A file that was refused as a whole has one error without a row.
    """
    refusal = {"row": None, "column": "", "code": made.code, "message": "".join(made.told)}
    rows = made.rows.exclude(errors=[]).values_list("number", "errors")
    return {
        "job": made.job_id,
        "read": made.read,
        "created": made.created,
        "updated": made.updated,
        "same": made.same,
        "rejected": made.rejected,
        "skipped": made.skipped,
        "errors": [refusal]
        if made.state == SheetImport.State.REFUSED and not made.read
        else [
            {
                "row": number,
                "column": finding.column,
                "code": finding.code,
                "message": f"{finding.message}{finding.question}",
            }
            for number, errors in rows.iterator()
            for finding in findings(errors)
        ],
    }


def take_turn() -> None:
    """One import writes at a time: two at once would find the same row missing, and wait for each
    other's unique keys anyway. Does not hinder references to the locked row."""
    roots = Organisation.objects.select_for_update(no_key=True).filter(depth=1)
    list(roots.values_list("pk"))


def findings(errors: Iterable[dict[str, str]]) -> list[Finding]:
    """Findings from their stored form."""
    return [Finding(**error) for error in errors]


class _Withdrawn(Exception):  # noqa: N818 - rolls a strict import back
    pass


class _Import:
    """One run of one import."""

    def __init__(self, run: Run, made: SheetImport) -> None:
        self.process, self.made = run, made
        self.by: User = run.job.requested_by
        self.sheet: Sheet = sheet_named(made.sheet)

    @cached_property
    def table(self) -> Table:
        return open_upload(self.made, self.sheet)

    @cached_property
    def context(self) -> Context:
        context = Context(self.sheet, self.made.organisation, self.by)
        self.sheet.prepare(context)
        return context

    def run(self) -> dict[str, Any]:
        gc.freeze()  # what is loaded by now need not be searched again with every batch of rows
        try:
            return self._run()
        finally:
            gc.unfreeze()

    def _run(self) -> dict[str, Any]:
        self.checked = self.process.step("check", self._check, atomic=False)
        if "refused" in self.checked:
            self.process.step("refuse", self._refuse)
        else:
            self.groups = {
                number: group for group in self.checked["duplicates"] for number in group
            }
            self._write()
            self.process.step("workbook", self._workbook)
        self.made.refresh_from_db()
        page = reverse("sheet_import", args=[self.made.pk])
        return {"summary": self._told(), "url": page}

    def _told(self) -> str:
        made = self.made
        if made.state == SheetImport.State.REFUSED and not made.read:
            return f"表格没有导入：{made.told[0]}"
        counts = (
            f"读取 {made.read:,} 行：新增 {made.created:,}，更新 {made.updated:,}，"
            f"未变 {made.same:,}，未通过 {made.rejected:,}。"
        )
        if made.state == SheetImport.State.REFUSED:
            return f"{counts}因有问题行，整份未写入，请在结果页改正。"
        return f"{counts}请在结果页改正未通过的行。" if made.rejected else counts

    # --- check

    def _check(self) -> dict[str, Any]:
        """What the file holds: rows, lines that are none, rows that share a key."""
        try:
            require(self.by, self.sheet.permission, self.made.organisation)
            return self._scan()
        except Refused as error:
            return {"refused": {"code": error.code, "message": str(error)}}

    def _scan(self) -> dict[str, Any]:
        skipped: dict[str, list[int]] = defaultdict(list)
        numbers, digests, read = array("I"), array("Q"), 0
        names = self.sheet._meta.import_id_fields
        for lines in batched(self.table.lines(), limits.BATCH):
            data = (line for line in lines if not line.note)
            rows = self.sheet.rows_of(data, self.table, names)
            for line in lines if len(rows) < len(lines) else ():
                if line.note:
                    skipped[line.note].append(line.number)
            read += len(rows)
            self.sheet.clean(rows, self.context, names)
            for row in rows:
                digest = self.sheet.key_digest(row)
                if digest is not None:
                    numbers.append(row.number)
                    digests.append(digest)
            self.process.progress(0, read, f"正在检查，已读 {read:,} 行")
        if not read:
            raise Unreadable("表头下面没有数据行，请填写后再上传。", code="no_rows")
        told = [*self._seen_before(), *self.table.told]
        for note, where in skipped.items():
            shown = "、".join(str(number) for number in where[:10])
            more = "等" if len(where) > 10 else ""
            told.append(f"第 {shown}{more} 行是{note}，已略过。")
        return {
            "read": read,
            "skipped": sum(len(where) for where in skipped.values()),
            "told": told,
            "duplicates": _groups(numbers, digests),
        }

    def _seen_before(self) -> list[str]:
        made = self.made
        if made.basis is not None:
            mended = made.basis.mends.filter(state=SheetMend.State.MENDED).count()
            return [f"同一份文件逐行改正 {mended} 行后再次导入，其余各行与原文件相同。"]
        earlier = SheetImport.objects.filter(
            sheet=made.sheet,
            organisation=made.organisation,
            upload__sha256=made.upload.sha256,
            state=SheetImport.State.DONE,
            pk__lt=made.pk,
        ).first()
        if earlier is None:
            return []
        when = timezone.localtime(earlier.created_at)
        return [f"同一份文件已于 {when:%Y-%m-%d %H:%M} 导入过，已登记的内容不会重复登记。"]

    def _refuse(self) -> dict[str, Any]:
        refused = self.checked["refused"]
        self.made.state = SheetImport.State.REFUSED
        self.made.code, self.made.told = refused["code"][:40], [refused["message"]]
        self._save()
        return refused

    # --- write

    def _write(self) -> None:
        lines = (line for line in self.table.lines() if not line.note)
        if self.made.is_strict:
            self.process.step("write", partial(self._write_strictly, lines))
            return
        done, total = 0, self.checked["read"]
        for slice_number, lines_of_slice in enumerate(batched(lines, limits.STEP_ROWS), start=1):
            done += len(lines_of_slice)
            self.process.step(
                f"write {slice_number}",
                partial(self._write_slice, lines_of_slice, is_last=done == total),
            )
            self.process.progress(done, total, f"已处理 {done:,} 行")

    def _write_strictly(self, lines: Iterable[Line]) -> dict[str, int]:
        """All rows or none: with any error everything is rolled back, the findings are kept."""
        with Results(self.made) as results:
            try:
                with transaction.atomic():
                    self._write_lines(lines, results)
                    if results.counts[Outcome.REJECTED]:
                        raise _Withdrawn
            except _Withdrawn:
                results.withdraw()
            results.store()
            self._finish()
            return dict(results.counts)

    def _write_slice(self, lines: Sequence[Line], *, is_last: bool) -> dict[str, int]:
        with Results(self.made) as results:
            self._write_lines(lines, results)
            results.store()
            if is_last:
                self._finish()
            return dict(results.counts)

    def _write_lines(self, lines: Iterable[Line], results: Results) -> None:
        take_turn()
        bulk.look_up_by_index()
        done, total = 0, self.checked["read"]
        judge = Judge(self.made, self.table, self.context, self.groups)
        for rows in judge.batches(lines):
            stored = [row for row in rows if row.outcome in (Outcome.CREATED, Outcome.UPDATED)]
            with bulk.meanwhile(judge.work_ahead):
                self._store(stored)
            for row in rows:
                if row.errors:
                    row.outcome = Outcome.REJECTED
            results.add(rows)
            if self.made.is_strict:
                done += len(rows)
                self.process.progress(done, total, f"已处理 {done:,} 行")

    def _store(self, rows: Sequence[Row]) -> None:
        """Hand rows to the sheet; where the batch is turned down, halve it to find the culprits."""
        if not rows:
            return
        befores = [row.object_id for row in rows]
        try:
            with transaction.atomic():
                self.sheet.write(rows, self.context)
        except (Refused, ValidationError, IntegrityError, DataError) as error:
            for row, object_id in zip(rows, befores, strict=True):
                row.object_id = object_id
                row.errors.clear()
                if row.outcome == Outcome.CREATED:
                    row.instance, row.before = None, ""
            if len(rows) == 1:
                _refuse_by(rows[0], error)
                return
            middle = len(rows) // 2
            self._store(rows[:middle])
            self._store(rows[middle:])
            return
        for row in rows:
            if not row.object_id and row.instance is not None:
                row.object_id = identity(row.instance)

    def _finish(self) -> None:
        """The counts, the verdict and the one audit event, in the transaction of the last rows."""
        made = self.made
        rows = made.rows.order_by().values_list("outcome").annotate(Count("pk"))
        counts = Counter(dict(rows))
        made.read = self.checked["read"]
        made.skipped, made.told = self.checked["skipped"], self.checked["told"]
        for outcome in Outcome:
            setattr(made, outcome.value, counts[outcome.value])
        refused = made.is_strict and made.rejected
        made.state = SheetImport.State.REFUSED if refused else SheetImport.State.DONE
        made.code = "rows_rejected" if refused else ""
        self._save()

    def _save(self) -> None:
        made = self.made
        made.save()
        counts = ("read", "created", "updated", "same", "rejected", "skipped")
        audit.record(
            "core.sheetimport.finish",
            by=self.by,
            obj=made,
            label=self.sheet.label,
            changes={name: getattr(made, name) for name in counts}
            | {"state": made.state, "sha256": made.upload.sha256},
        )

    # --- workbook

    def _workbook(self) -> dict[str, Any]:
        """The user's own table back, if there is something to mend in it."""
        made = self.made
        made.refresh_from_db()
        if not made.rejected:
            return {"file": None}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "errors.xlsx"
            write_error_workbook(made, path, self.table)
            with path.open("rb") as stream:
                made.error_file = files.store(
                    stream,
                    name=f"{Path(made.upload.name).stem[:180]}-待修改.xlsx",
                    media_type=MEDIA_TYPE,
                    permission=self.sheet.permission,
                    organisation=made.organisation,
                    by=self.by,
                    keep_days=limits.KEEP_UPLOAD_DAYS,
                )
        made.save(update_fields=["error_file"])
        return {"file": made.error_file.pk}


def write_error_workbook(made: SheetImport, path: Path, table: Table | None = None) -> None:
    """The uploaded table with what is wrong in it, to be mended and uploaded again.

    What a mend took from a suggestion unseen is not told: the file's own text stands there, and a
    row that went in with it is left out.
    """
    sheet = sheet_named(made.sheet)
    if table is None or made.basis:
        table = _opened(made, sheet, _told(made))
    rows = made.rows.exclude(errors=[]).order_by("number").values_list("number", "errors")
    write_errors(
        sheet,
        path,
        table,
        ((number, findings(errors)) for number, errors in rows.iterator()),
        key=str(made.pk),
    )


def open_upload(made: SheetImport, sheet: Sheet) -> Table:
    """The uploaded table; of an import with a basis with all mends up to there laid over."""
    mends = _mends_before(made).items()
    return _opened(made, sheet, {number: mend and _cells(mend) for number, mend in mends})


def _opened(made: SheetImport, sheet: Sheet, mends: Mends) -> Table:
    upload = made.upload
    columns = [column for _, column in sheet.incoming]
    saved = saved_for(made, sheet)
    table = open_table(upload.content.path, columns, name=upload.name, saved=saved)
    if made.basis is None:
        return table
    return laid_over(table, mends, sheet.incoming, key=str(made.basis_id))


def _mends_before(made: SheetImport) -> dict[int, SheetMend | None]:
    """What was mended or left out (None) in the imports this one goes on from, the latest word
    last."""
    if made.basis is None:
        return {}
    mends = _mends_before(made.basis)
    for mend in made.basis.mends.exclude(state=SheetMend.State.DRAFT):
        mends[mend.number] = None if mend.state == SheetMend.State.DROPPED else mend
    return mends


def _cells(mend: SheetMend) -> dict[str, str]:
    return json.loads(mend.cells.clear())


def _told(made: SheetImport) -> dict[int, dict[str, str] | None]:
    """The mends as the one may see them who made them."""
    rejected = set(made.rows.exclude(errors=[]).values_list("number", flat=True))
    told: dict[int, dict[str, str] | None] = {}
    for number, mend in _mends_before(made).items():
        if mend is None or (mend.taken and number not in rejected):
            told[number] = None
        else:
            cells = _cells(mend)
            told[number] = {name: cells[name] for name in cells if name not in mend.taken}
    return told


def _groups(numbers: Sequence[int], digests: Sequence[int]) -> list[list[int]]:
    """Row numbers that share a key, each group in order."""
    twice: set[int] = set()
    parts = len(digests) // 100_000 + 1  # one after the other, for their memory
    for part in range(parts):
        ordered = sorted(digest for digest in digests if digest % parts == part)
        twice.update(one for one, other in pairwise(ordered) if one == other)
    groups: dict[int, list[int]] = defaultdict(list)
    if twice:
        for number, digest in zip(numbers, digests, strict=True):
            if digest in twice:
                groups[digest].append(number)
    return list(groups.values())


def _refuse_by(row: Row, error: Exception) -> None:
    """What a service or the database said about one row, at the right column."""
    if isinstance(error, Refused):
        row.refuse(error.code, str(error))
    elif isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        names: dict[str, str] = {
            column.attribute.partition("__")[0]: name
            for name, column in row.sheet.fields.items()
            if column.attribute
        }
        for attribute, messages in error.message_dict.items():
            for message in messages:
                row.refuse("invalid", message, column=names.get(attribute, ""))
    elif isinstance(error, ValidationError):
        for message in error.messages:
            row.refuse("invalid", message)
    elif isinstance(error, DataError):
        row.refuse("invalid", "有一项内容过长或超出范围，无法登记，请逐项核对。")
    else:
        row.refuse("conflict", "与已登记的内容冲突，可能刚由他人登记，请核对后重新上传。")
