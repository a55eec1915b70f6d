"""Imports of tables: what was uploaded, and what became of each of its rows."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models.accounts import User
from core.models.files import StoredFile
from core.models.jobs import Job
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet, outermost, view_permission

# The permission that each sheet asks of who brings it in, by its name; told by `core.sheets`.
ASKED: dict[str, str] = {}


class OfSheetQuerySet(ScopedQuerySet):
    """Rows about a sheet: whoever has no part in what it holds learns nothing of them."""

    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """Those of the user's scope whose sheet he may bring in there."""
        permission = permission or view_permission(self.model)
        return self.filter(self._seen(user, permission))

    def _seen(self, user: User, permission: str) -> Q:
        names: dict[tuple[str, ...], list[str]] = {}
        for name, asked in ASKED.items():
            if paths := user.paths_with(asked):
                names.setdefault(tuple(outermost(paths)), []).append(name)
        own = Q(pk__in=[])
        for paths, sheets in names.items():
            own |= Q(sheet__in=sheets) & self.model.scope(paths)
        return own & self.model.scope(user.paths_with(permission))


class SheetImportQuerySet(OfSheetQuerySet):
    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """As for every row about a sheet, and for looking also those he uploaded himself."""
        permission = permission or view_permission(self.model)
        seen = self._seen(user, permission)
        if permission == view_permission(self.model) and user.pk and user.is_active:
            seen |= Q(job__requested_by=user.pk)
        return self.filter(seen)

    def tried_by(self, user: User, *, since: datetime.datetime) -> Self:
        """What this user uploaded since then, was read and still stands; the newest first."""
        if not (user.pk and user.is_active):
            return self.none()
        settled = [SheetImport.State.DONE, SheetImport.State.REFUSED]
        rows = self.filter(job__requested_by=user.pk, created_at__gte=since, read__gt=0)
        return rows.filter(state__in=settled)


class SheetImport(ScopedModel):
    """一次表格导入。One uploaded table and its outcome.

    Rows read = created + updated + same + rejected once it has finished; `skipped` counts totals
    and remarks that are no rows. In a strict import with any error nothing is written, and every
    row that would have been is rejected with the others. With a `basis` it is the same upload once
    more, with the mends of that import (and of those before it) laid over. The counts of one that
    was taken back are those of the day; `undo` is the last request to take it back, whatever came
    of it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "处理中"
        DONE = "done", "已完成"
        REFUSED = "refused", "未写入"
        UNDONE = "undone", "已撤销"

    privacy = NO_PERSONAL_DATA

    job = models.OneToOneField(
        Job, models.PROTECT, verbose_name="任务", related_name="sheet_import"
    )
    sheet = models.CharField("表格", max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="办理工会")
    upload = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="上传文件", related_name="+"
    )
    is_strict = models.BooleanField("整份导入", default=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    code = models.CharField("未写入原因", max_length=40, blank=True)
    told = models.JSONField("说明", default=list)
    read = models.PositiveIntegerField("读取", default=0)
    created = models.PositiveIntegerField("新增", default=0)
    updated = models.PositiveIntegerField("更新", default=0)
    same = models.PositiveIntegerField("未变", default=0)
    rejected = models.PositiveIntegerField("未通过", default=0)
    skipped = models.PositiveIntegerField("略过", default=0)
    error_file = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="问题表", null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("上传时间", default=timezone.now, editable=False)
    basis = models.OneToOneField(
        "self",
        models.PROTECT,
        verbose_name="改正自",
        null=True,
        blank=True,
        related_name="continuation",
    )
    undo = models.OneToOneField(
        Job, models.PROTECT, verbose_name="撤销任务", null=True, blank=True, related_name="+"
    )

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表格导入"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="sheetimport_rows_add_up",
                condition=Q(state="waiting")
                | Q(read=F("created") + F("updated") + F("same") + F("rejected")),
            ),
            models.CheckConstraint(
                name="sheetimport_undone_by_a_job",
                condition=~Q(state="undone") | Q(undo__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="sheetimport_organisation")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.upload_id}"

    @property
    def written(self) -> int:
        """Rows that went into the register."""
        return self.created + self.updated


class SheetRow(models.Model):
    """导入表格的一行。What became of one row of an uploaded table.

    `number` is the row number in the user's spreadsheet. `errors` and `remarks` are lists of
    `{column, code, message, suggestion}` in which personal values are masked. `before` holds the
    columns that the import changed as they were, encrypted, for taking it back. `digest` is keyed
    and tells whether the row comes back unaltered; it does not tell what stood in it. It is blank
    once what the row stands for has been taken back.
    """

    class Outcome(models.TextChoices):
        CREATED = "created", "新增"
        UPDATED = "updated", "更新"
        SAME = "same", "未变"
        REJECTED = "rejected", "未通过"

    privacy = Privacy(
        purpose="表格导入的逐行结果与撤销",
        retention="与上传文件相同",
    )

    sheet_import = models.ForeignKey(SheetImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    label = models.CharField("内容", max_length=120, blank=True)
    object_id = models.CharField("记录编号", max_length=40, blank=True)
    errors = models.JSONField("问题", default=list)
    remarks = models.JSONField("已修正", default=list)
    digest = models.BinaryField("摘要", max_length=16)
    before = EncryptedTextField("原值", mask=masking.text)

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["sheet_import", "number"]
        constraints = [
            models.UniqueConstraint("sheet_import", "number", name="sheetrow_number_once")
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 行"


class SheetMend(models.Model):
    """导入表格中一行的改正。What a reader of an import makes of one of its wrong rows, by form.

    `cells` holds the row's texts by the names of the sheet's columns, as JSON. `taken` names the
    columns whose personal value came from a suggestion: it was never shown in full, and is not
    shown later either.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未改完"
        MENDED = "mended", "已改正"
        DROPPED = "dropped", "不导入"

    privacy = Privacy(purpose="逐行改正导入的表格", retention="与上传文件相同")

    sheet_import = models.ForeignKey(SheetImport, models.CASCADE, related_name="mends")
    number = models.PositiveIntegerField("行号")
    state = models.CharField("状态", max_length=7, choices=State.choices)
    cells = EncryptedTextField("内容", mask=masking.text, null=False, blank=False)
    taken = models.JSONField("采用建议的列", default=list)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="改正人", related_name="+")
    made_at = models.DateTimeField("改正时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "导入行的改正"
        ordering = ["sheet_import", "number"]
        constraints = [models.UniqueConstraint("sheet_import", "number", name="sheetmend_row_once")]

    def __str__(self) -> str:
        return f"第 {self.number} 行"


class SheetMapping(ScopedModel):
    """表头对应关系。Which columns of a union's own files are which of ours, said once by a person.

    It holds for files with the same row of `headings` (`digest`). `places` maps the sheet's columns
    to positions in it, `constants` those that the file does not have to the text that stands for
    every row.
    """

    privacy = NO_PERSONAL_DATA

    sheet = models.CharField("表格", max_length=40, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="办理工会", editable=False
    )
    digest = models.CharField("表头摘要", max_length=64, editable=False)
    headings = models.JSONField("文件中的列名", default=list)
    places = models.JSONField("列的位置", default=dict)
    constants = models.JSONField("整份相同的内容", default=dict, blank=True)
    saved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="保存人", related_name="+", editable=False
    )
    saved_at = models.DateTimeField("保存时间", default=timezone.now, editable=False)

    objects = OfSheetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表头对应关系"
        ordering = ["-saved_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sheet", "digest"],
                name="sheetmapping_headings_once",
                violation_error_message="这种表头的对应关系刚由他人保存，请重新打开本页核对。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {timezone.localdate(self.saved_at)}"
