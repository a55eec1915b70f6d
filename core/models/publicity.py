"""Publicity: what was shown to everybody, and what was said against it."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models.accounts import User
from core.models.files import StoredFile
from core.models.organisations import Organisation
from core.models.workflow import Proceeding
from core.scope import ScopedModel, ScopedQuerySet


class PublicityQuerySet(ScopedQuerySet):
    def shown(self) -> Self:
        """Those that stand on the public page today, names and all."""
        return self.filter(taken_down_at__isnull=True)

    def running(self) -> Self:
        return self.filter(state=Publicity.State.RUNNING)

    def with_objections(self) -> Self:
        """`held` says whether an objection is still open."""
        open_ones = Objection.objects.filter(publicity=models.OuterRef("pk")).unsettled()
        return self.annotate(held=models.Exists(open_ones))

    def on(self, record: models.Model) -> Self:
        return self.filter(object_type=record._meta.label, object_id=record.pk)


class Publicity(ScopedModel):
    """公示。One list that stands before everybody for some working days, and the proof that it did.

    It hangs on a row that goes through a procedure; the named steps (`*_step`) are taken there when
    the publicity ends one way or the other. `content` is what was shown, frozen, names as they
    were shown, and `digest` is its SHA-256 (`core.publicity.digest`). `ends_on` is the last day; a
    calendar that is published later may prolong it, which `content` does not follow.
    """

    class State(models.TextChoices):
        RUNNING = "running", "公示中"
        PASSED = "passed", "期满通过"
        UPHELD = "upheld", "异议成立"
        WITHDRAWN = "withdrawn", "提前撤下"

    privacy = Privacy(
        purpose="对拟办事项接受社会监督",
        retention="名单在公示结束后按期从公开页面撤下，公示证明与所办业务的档案相同",
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    object_type = models.CharField("对象类型", max_length=80)
    object_id = models.PositiveBigIntegerField("对象编号")
    kind = models.CharField("公示种类", max_length=60)
    title = models.CharField("标题", max_length=120)
    content = models.JSONField("公示内容")
    digest = models.CharField("内容摘要（SHA-256）", max_length=64)
    posted_on = models.DateField("公示起始日")
    posted_at = models.DateTimeField("上网时间", default=timezone.now)
    posted_by = models.ForeignKey(User, models.PROTECT, verbose_name="发布人", related_name="+")
    days = models.PositiveSmallIntegerField("公示工作日数")
    counts_posting_day = models.BooleanField("发布当日计入")
    ends_on = models.DateField("公示截止日")
    keep_days = models.PositiveSmallIntegerField("期满后保留天数")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.RUNNING)
    passed_step = models.CharField("期满环节", max_length=40)
    upheld_step = models.CharField("异议成立环节", max_length=40)
    withdrawn_step = models.CharField("撤下环节", max_length=40, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    taken_down_at = models.DateTimeField("名单撤下时间", null=True, blank=True)
    reason = models.CharField("撤下事由", max_length=200, blank=True)
    obstacle = models.CharField("未能进入下一环节的原因", max_length=200, blank=True)
    notice = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        verbose_name="公示通告",
        null=True,
        blank=True,
        related_name="+",
    )

    objects = PublicityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="publicity_object"),
            models.Index(
                fields=["-posted_on"],
                condition=Q(taken_down_at__isnull=True),
                name="publicity_shown",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id"],
                condition=Q(state="running"),
                name="publicity_runs_once",
                violation_error_message="此件正在公示，不能重复公示。",
            ),
            models.CheckConstraint(
                name="publicity_forward",
                condition=Q(ends_on__gte=models.F("posted_on")),
                violation_error_message="公示截止日不能早于起始日。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("publicity", args=[self.pk])

    def record(self) -> Proceeding:
        """The row that it hangs on."""
        return apps.get_model(self.object_type)._default_manager.get(pk=self.object_id)

    def takes_objections(self, on: datetime.date) -> bool:
        return self.state == self.State.RUNNING and self.posted_on <= on <= self.ends_on

    @property
    def is_over(self) -> bool:
        """Whether the last day has passed; a running one is then held by an open objection, or
        ends within minutes."""
        return self.ends_on < timezone.localdate()


class ObjectionQuerySet(ScopedQuerySet):
    def unsettled(self) -> Self:
        return self.exclude(state__in=[Objection.State.UPHELD, Objection.State.DISMISSED])


class Objection(Proceeding):
    """公示异议。What somebody says against a publicity, on the way to an answer.

    The objector needs no account and no name. He keeps a receipt code, of which only a keyed hash
    is stored, and looks at the state with it.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "已收到"
        INVESTIGATING = "investigating", "调查中"
        INVESTIGATED = "investigated", "待认定"
        UPHELD = "upheld", "异议成立"
        DISMISSED = "dismissed", "异议不成立"

    privacy = Privacy(
        purpose="核查公示异议",
        retention="与所公示业务的档案相同",
        masked={"text": masking.text},
    )

    publicity = models.ForeignKey(
        Publicity, models.PROTECT, verbose_name="公示", related_name="objections"
    )
    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    text = models.TextField("异议内容", max_length=2000)
    name = EncryptedTextField("异议人姓名", mask=masking.name)
    phone = EncryptedTextField("联系电话", mask=masking.phone)
    receipt = models.BinaryField("回执索引", unique=True, editable=False)
    received_at = models.DateTimeField("收到时间", default=timezone.now, editable=False)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示异议"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"对“{self.publicity.title}”的异议"

    def get_absolute_url(self) -> str:
        return reverse("admin:core_objection_change", args=[self.pk])

    def concerned(self) -> Iterable[bytes]:
        """Whom the publicity is about."""
        return self.publicity.record().concerned()

    def bound(self) -> str:
        return self.text


class PublicVisit(models.Model):
    """公开页面提交次数。One submission on the public pages, counted for a day against floods.

    The address is a keyed hash that is another one every day; rows go after a day.
    """

    privacy = NO_PERSONAL_DATA

    act = models.CharField("动作", max_length=12)  # objection, receipt
    address = models.BinaryField("来源索引")
    publicity = models.ForeignKey(Publicity, models.CASCADE, verbose_name="公示", null=True)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "公开页面提交次数"
        indexes = [models.Index(fields=["act", "address", "at"], name="publicvisit_address")]

    def __str__(self) -> str:
        return f"{self.act} {self.at}"
