"""Long work: the row that is the truth about it, and the steps it has finished."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models.accounts import User
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet, view_permission


class JobQuerySet(ScopedQuerySet):
    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """Jobs of the user's scope, and for looking also those he asked for himself."""
        permission = permission or view_permission(self.model)
        seen = self.model.scope(user.paths_with(permission))
        if permission == view_permission(self.model) and user.pk and user.is_active:
            seen |= Q(requested_by=user.pk)
        return self.filter(seen)

    def asked_by(self, user: User) -> Self:
        """我的任务: what this user asked for, newest first."""
        return self.filter(requested_by=user.pk) if user.pk and user.is_active else self.none()

    def unfinished(self) -> Self:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def free(self, now: datetime.datetime) -> Self:
        """What a worker may take: waiting and due, or running under a lease that has run out."""
        return self.filter(
            Q(state=Job.State.QUEUED, not_before__lte=now)
            | Q(state=Job.State.RUNNING, lease_until__lt=now)
        )

    def unsent(self, before: datetime.datetime) -> Self:
        """Those without a message in the broker, as far as is known: none sent since `before`."""
        return self.filter(Q(sent_at__isnull=True) | Q(sent_at__lt=before))

    def neglected(self, since: datetime.datetime) -> Self:
        """Free since that moment and nobody took it: no worker is at work."""
        return self.free(since)


class Job(ScopedModel):
    """一项后台任务。One piece of long work that somebody asked for; written by `core.jobs` only.

    This row is the truth, a message in the broker only a hint to look at it. `token` grows each
    time a worker takes the job over; whoever holds an older one may no longer write.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    privacy = NO_PERSONAL_DATA

    kind = models.CharField("种类", max_length=80)
    label = models.CharField("任务", max_length=100)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    requested_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="发起人", null=True, related_name="jobs"
    )
    parameters = models.JSONField("参数", default=dict)  # ids, codes and switches; no personal data
    key = models.CharField("去重标识", max_length=120, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    token = models.PositiveIntegerField("接手次序", default=0)
    lease_until = models.DateTimeField("占用至", null=True)
    heartbeat_at = models.DateTimeField("最近心跳", null=True)
    attempts = models.PositiveIntegerField("尝试次数", default=0)  # since the last stored step
    # How often the database went away meanwhile; such a try is no attempt.
    hang_ups = models.PositiveIntegerField("数据库中断次数", default=0)
    not_before = models.DateTimeField("最早办理时间", default=timezone.now)
    sent_at = models.DateTimeField("送出时间", null=True)  # of a message nobody has taken yet
    done = models.PositiveBigIntegerField("已完成数", default=0)
    total = models.PositiveBigIntegerField("总数", default=0)
    message = models.CharField("进展", max_length=200, blank=True)
    result = models.JSONField("结果", default=dict)
    error = models.CharField("原因", max_length=300, blank=True)
    created_at = models.DateTimeField("发起时间", default=timezone.now)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["requested_by", "-id"], name="job_requested"),
            models.Index(
                fields=["state", "not_before"],
                condition=Q(state__in=["queued", "running"]),
                name="job_unfinished",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=~Q(key=""),
                name="job_key_once",
                violation_error_message="同一任务已经发起。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}（{self.get_state_display()}）"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def percent(self) -> int | None:
        """Progress in whole per cent; None while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


class JobStep(models.Model):
    """任务的一个步骤。Stored in one transaction with what the step wrote, then never done again."""

    privacy = NO_PERSONAL_DATA

    job = models.ForeignKey(Job, models.CASCADE, verbose_name="任务", related_name="steps")
    name = models.CharField("步骤", max_length=80)
    output = models.JSONField("产出", null=True)
    token = models.PositiveIntegerField("接手次序")
    finished_at = models.DateTimeField("完成时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "任务步骤"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="jobstep_once")]

    def __str__(self) -> str:
        return self.name
