"""What the auditors of the union found, and what became of it."""

from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding, StoredFile
from core.scope import ScopedQuerySet
from funds.models.pools import money


class AuditFindingQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Those that were put to the audited union."""
        return self.exclude(state__in=[AuditFinding.State.FOUND, AuditFinding.State.DROPPED])

    def overdue(self, on: object) -> Self:
        """Not put right by the day that was set."""
        return self.filter(state=AuditFinding.State.RECTIFYING, due_on__lt=on)


class AuditFinding(Proceeding):
    """审计问题。One thing that an audit of the union's funds found amiss, until it is put right.

    `organisation` is the audited union, `auditor` the body whose committee audits. The auditors
    write the finding and close it, the audited union reports in between (`measures`, `rectified`,
    `evidence`).
    """

    class Kind(models.TextChoices):
        OWN = "own", "本级审计"
        LOWER = "lower", "对下审计"
        DEPARTURE = "departure", "经济责任审计"
        SPECIAL = "special", "专项审计"

    class State(models.TextChoices):
        FOUND = "found", "待下达"
        RECTIFYING = "rectifying", "整改中"
        REPORTED = "reported", "待核销"
        CLOSED = "closed", "已销号"
        DROPPED = "dropped", "已撤销"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="被审计工会", related_name="audit_findings"
    )
    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    auditor = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="审计单位", related_name="+"
    )
    kind = models.CharField("审计类型", max_length=10, choices=Kind.choices)
    year = models.PositiveSmallIntegerField("审计年度", help_text="所审计的年度")
    document_number = models.CharField("审计报告文号", max_length=60)
    number = models.PositiveSmallIntegerField("问题序号", help_text="在审计报告中的序号")
    finding = models.TextField("审计发现的问题", max_length=1000)
    amount = money("问题金额", default=0, help_text="不涉及金额的填 0")
    advice = models.TextField("整改要求", max_length=1000)
    found_on = models.DateField("审计日期")
    rectify_by = models.DateField("整改期限")
    measures = models.TextField("整改情况", max_length=1000, blank=True, editable=False)
    rectified = money("已整改金额", default=0, editable=False)
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        verbose_name="整改材料",
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    closed_on = models.DateField("销号日期", null=True, blank=True, editable=False)

    objects = AuditFindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计问题"
        ordering = ["-id"]
        permissions = [
            ("audit_auditfinding", "下达和核销审计问题"),
            ("report_auditfinding", "报告审计整改"),
            ("export_auditfinding", "导出审计问题"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "document_number", "number"],
                name="auditfinding_once",
                violation_error_message="该审计报告的这一问题已经登记。",
            ),
            models.CheckConstraint(
                name="auditfinding_amount",
                condition=Q(amount__gte=0) & Q(rectified__gte=0) & Q(rectified__lte=F("amount")),
                violation_error_message="已整改金额不能多于问题金额，两者都不能小于 0。",
            ),
            models.CheckConstraint(
                name="auditfinding_forward",
                condition=Q(rectify_by__gte=F("found_on")),
                violation_error_message="整改期限不能早于审计日期。",
            ),
            models.CheckConstraint(
                name="auditfinding_closed",
                condition=Q(state="closed", closed_on__isnull=False)
                | (~Q(state="closed") & Q(closed_on__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["found_on", "organisation"], name="auditfinding_found")]

    def __str__(self) -> str:
        return f"{self.document_number} 第{self.number}项"

    @property
    def is_overdue(self) -> bool:
        late = self.due_on and self.due_on < timezone.localdate()
        return bool(late and self.state == self.State.RECTIFYING)

    def clean(self) -> None:
        if self.found_on and self.found_on > timezone.localdate():
            raise ValidationError({"found_on": "审计日期不能晚于今天，请核对。"})

    def concerned(self) -> Iterable[bytes]:
        """Nobody in person: unions are audited."""
        return []

    def bound(self) -> str:
        """What the auditors close on: the finding and the report as they stand."""
        parts = (self.finding, self.amount, self.measures, self.rectified, self.evidence_id)
        return "\x1f".join(str(part) for part in parts)
