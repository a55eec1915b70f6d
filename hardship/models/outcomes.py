"""How a file ended up: tiers from day to day, yearly reviews, and signs of a fall back."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import EncryptedTextField, Privacy
from core.models import Organisation
from core.scope import ScopedModel, ScopedQuerySet
from hardship.models.households import RETENTION, Case, Cause, Household, Level, refuse_future
from hardship.models.standards import Standard, Tier, TierRule


class RecognitionQuerySet(ScopedQuerySet):
    def current(self) -> Self:
        return self.filter(until__isnull=True)


class Recognition(ScopedModel):
    """认定。One household on file under one tier from `since` up to, not on, `until`.

    The municipal decision begins it, with the calculation, standard and rule it was made on; a
    change of tier ends it and begins the next on the same day, so that any past day is counted
    as it was.
    """

    class Entry(models.TextChoices):
        NEW = "new", "新建档"
        REOPENED = "reopened", "返困重新建档"
        ADJUSTED = "adjusted", "调整类别"

    class Ending(models.TextChoices):
        ADJUSTED = "adjusted", "调整类别"
        OUT = "out", "脱困退档"
        HANDED_OVER = "handed_over", "解困转政府兜底和工会常态化帮扶"
        DECEASED = "deceased", "因死亡注销"
        MOVED = "moved", "因调离注销"
        DUPLICATE = "duplicate", "因重复注销"
        MISIDENTIFIED = "misidentified", "因失实注销"

    RELIEVED = frozenset({Ending.OUT, Ending.HANDED_OVER})
    CANCELLED = frozenset({Ending.DECEASED, Ending.MOVED, Ending.DUPLICATE, Ending.MISIDENTIFIED})

    privacy = Privacy(purpose="困难职工在档统计和认定依据留存", retention=RETENTION)

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="家庭")
    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="recognitions")
    tier = models.CharField("困难类别", max_length=8, choices=Tier.choices)
    level = models.CharField("档案级别", max_length=10, choices=Level.choices)
    main_cause = models.CharField("主要致困原因", max_length=13, choices=Cause.choices)
    entry = models.CharField("建档方式", max_length=8, choices=Entry.choices)
    since = models.DateField("起始日")
    until = models.DateField("终止日", null=True, blank=True)
    ending = models.CharField("终止原因", max_length=13, choices=Ending.choices, blank=True)
    standard = models.ForeignKey(Standard, models.PROTECT, verbose_name="低保标准")
    rule = models.ForeignKey(TierRule, models.PROTECT, verbose_name="认定规则")
    steps = models.JSONField("计算过程", default=list)

    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "在档认定"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(until__isnull=True),
                name="recognition_open_once",
                violation_error_message="该户已经在档，一户只能有一份在档认定。",
            ),
            models.CheckConstraint(
                name="recognition_forward",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="终止日不能早于起始日。",
            ),
            models.CheckConstraint(
                name="recognition_ended_with_reason",
                condition=Q(until__isnull=True, ending="")
                | (Q(until__isnull=False) & ~Q(ending="")),
                violation_error_message="终止日与终止原因应同时填写。",
            ),
        ]
        indexes = [
            models.Index(fields=["since", "organisation"], name="recognition_since"),
            models.Index(fields=["until", "organisation"], name="recognition_until"),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.since}"


class Review(ScopedModel):
    """复核。What one re-check of a household on file proposes, and which guarantees it found."""

    class Outcome(models.TextChoices):
        STAY = "stay", "继续在档"
        OUT = Recognition.Ending.OUT.value, "脱困退档"
        HANDED_OVER = Recognition.Ending.HANDED_OVER.value, "解困转常态化帮扶"
        DECEASED = Recognition.Ending.DECEASED.value, "死亡注销"
        MOVED = Recognition.Ending.MOVED.value, "调离注销"
        DUPLICATE = Recognition.Ending.DUPLICATE.value, "重复注销"
        MISIDENTIFIED = Recognition.Ending.MISIDENTIFIED.value, "失实注销"

    scope_by = "case__organisation"
    privacy = Privacy(purpose="困难职工动态管理", retention=RETENTION)

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="reviews")
    round = models.PositiveSmallIntegerField("轮次", editable=False)
    outcome = models.CharField("拟办", max_length=13, choices=Outcome.choices)
    has_medical = models.BooleanField("医疗有保障", default=False)
    has_employment = models.BooleanField("就业有保障", default=False)
    has_schooling = models.BooleanField("子女就学有保障", default=False)
    has_housing = models.BooleanField("住房有保障", default=False)
    has_insurance = models.BooleanField("社会保障已落实", default=False)
    note = EncryptedTextField("复核情况", null=False, blank=False)

    class Meta:
        verbose_name = verbose_name_plural = "复核"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round"],
                name="review_once",
                violation_error_message="本轮复核情况已登记，请修改原记录。",
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    def guaranteed(self) -> list[str]:
        """Codes of `rules.GUARANTEES` that are met."""
        names = ("medical", "employment", "schooling", "housing", "insurance")
        return [name for name in names if getattr(self, f"has_{name}")]


class Alert(ScopedModel):
    """返困预警。A sign that a household under watch may fall back; it is answered, then settled."""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", "大额医疗支出"
        JOB_LOSS = "job_loss", "失去工作"
        INCOME_DROP = "income_drop", "收入骤降"
        DISASTER = "disaster", "遭遇灾害"

    scope_by = "case__organisation"
    privacy = Privacy(purpose="防止返困的监测", retention=RETENTION)

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="alerts")
    kind = models.CharField("预警种类", max_length=11, choices=Kind.choices)
    raised_on = models.DateField("预警日期", default=timezone.localdate)
    detail = EncryptedTextField("情况", null=False, blank=False)
    settled_on = models.DateField("处置日期", null=True, blank=True)
    settlement = models.CharField("处置情况", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "返困预警"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="alert_settled_with_words",
                condition=Q(settled_on__isnull=True) | ~Q(settlement=""),
                violation_error_message="处置预警须写明处置情况。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.raised_on}"

    def clean(self) -> None:
        refuse_future(self, "raised_on")
