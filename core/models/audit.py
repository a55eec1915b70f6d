"""The audit trail: what was done, and the seals that make a change of it visible."""

from collections.abc import Iterable

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA, Privacy
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet, under


class AuditEvent(ScopedModel):
    """审计记录。One act: who, when, from where, on what, and what it changed (masked).

    Appended by `core.audit.record` only; the database refuses change and removal. No foreign keys:
    the trail never interferes with live rows, and `organisation_path` is the path of that day.
    """

    privacy = Privacy(purpose="操作留痕与追责（网络安全法日志留存要求）", retention="三年")

    at = models.DateTimeField("时间", default=timezone.now, editable=False)
    actor_id = models.BigIntegerField("账号编号", null=True)
    actor = models.CharField("操作人", max_length=120)
    address = models.GenericIPAddressField("来源地址", null=True)
    request_id = models.CharField("请求编号", max_length=36, blank=True)
    action = models.CharField("动作", max_length=80)
    object_type = models.CharField("对象类型", max_length=80, blank=True)
    object_id = models.CharField("对象编号", max_length=40, blank=True)
    object_label = models.CharField("对象", max_length=200, blank=True)
    organisation_path = models.CharField("组织路径", max_length=255, blank=True)
    changes = models.JSONField("变更", default=dict, encoder=DjangoJSONEncoder)
    reason = models.CharField("事由", max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="auditevent_object"),
            models.Index(fields=["actor_id", "-id"], name="auditevent_actor"),
            models.Index(fields=["organisation_path", "-id"], name="auditevent_path"),
            models.Index(fields=["action", "-id"], name="auditevent_action"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.actor}"

    @classmethod
    def scope(cls, paths: Iterable[str]) -> models.Q:
        """By the path of that day, not by today's tree; what has none belongs to the root."""
        paths = list(paths)
        condition = under(paths, "organisation_path")
        if any(len(path) == Organisation.steplen for path in paths):
            condition |= models.Q(organisation_path="")
        return condition

    @property
    def scope_organisation(self) -> None:
        return None


class AuditBlock(models.Model):
    """审计封条。Seals the events of an id range; each seal covers the one before it.

    `absent` holds the ranges of ids `[first, last]` that did not exist at sealing (a transaction
    then open or rolled back); one that appears later is sealed by the block that lists it in
    `late`. `digest` proves the `count` events, late ones first; `marks`, MARK characters of each
    event's own digest, only tell which one differs. `core.seals` writes and numbers the blocks.
    """

    MARK = 8
    privacy = NO_PERSONAL_DATA

    first_id = models.BigIntegerField("首条")
    last_id = models.BigIntegerField("末条")
    absent = models.JSONField("缺号", default=list)
    late = models.JSONField("补封", default=list)
    count = models.PositiveIntegerField("条数")
    digest = models.CharField("摘要", max_length=64)
    marks = models.TextField("逐条摘要", blank=True)
    previous = models.CharField("上一封条", max_length=64, blank=True)
    seal = models.CharField("封条", max_length=64)
    sealed_at = models.DateTimeField("封存时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "审计封条"
        ordering = ["id"]
        indexes = [models.Index(fields=["first_id", "last_id", "id"], name="auditblock_range")]

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id}"
