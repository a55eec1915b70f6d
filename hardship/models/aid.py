"""What is done for a household: cadres who look after it, and money that it is given."""

from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import masking
from core.fields import Privacy
from core.models import Organisation
from core.scope import ScopedModel, ScopedQuerySet
from hardship.models.households import RETENTION, Case, Cause, Household, Level
from hardship.models.people import FamilyMember
from hardship.models.standards import DatedRule, Tier, once


class Pairing(ScopedModel):
    """结对帮扶。A cadre looks after a household from `since` up to, not on, `until`."""

    scope_by = "case__organisation"
    privacy = Privacy(
        purpose="结对帮扶的安排", retention=RETENTION, masked={"cadre_name": masking.name}
    )

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="pairings")
    cadre_name = models.CharField("结对干部", max_length=50)
    cadre_post = models.CharField("单位及职务", max_length=80)
    since = models.DateField("结对日期", default=timezone.localdate)
    until = models.DateField("解除日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "结对帮扶"
        ordering = ["-since", "-id"]
        constraints = [
            models.CheckConstraint(
                name="pairing_forward",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="解除日期不能早于结对日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cadre_post} {self.cadre_name}"

    @property
    def masked_label(self) -> str:
        return f"{self.cadre_post} {masking.name(self.cadre_name)}"


class AidKind(models.TextChoices):
    LIVING = "living", "生活救助"
    STUDY = "study", "子女助学"
    MEDICAL = "medical", "医疗救助"
    LEGAL = "legal", "法律援助"
    TRAINING = "training", "职业培训"
    JOB = "job", "就业帮扶"
    WARMTH = "warmth", "送温暖慰问"
    EMERGENCY = "emergency", "临时救助"
    MUTUAL_AID = "mutual_aid", "医疗互助赠保"


class Source(models.TextChoices):
    CENTRAL = "central", "中央财政专项帮扶资金"
    PROVINCIAL = "provincial", "省级帮扶资金"
    MUNICIPAL = "municipal", "市级帮扶资金"
    DISTRICT = "district", "区县帮扶资金"
    UNION = "union", "工会经费"
    DONATION = "donation", "社会捐助"


class GrantCap(DatedRule):
    """帮扶上限。The most a household may get in a calendar year, of one kind or (blank) in all."""

    same_by = ("kind",)

    kind = models.CharField("帮扶种类", max_length=10, choices=AidKind.choices, blank=True)
    amount = models.DecimalField("每户每年上限（元）", max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "帮扶上限"
        ordering = ["organisation__path", "-since", "pk"]
        constraints = once("grantcap", "kind", message="该范围已有同期同种类的上限。")

    def __str__(self) -> str:
        return f"{self.get_kind_display() or '各类合计'}（{self.document}）"


class GrantQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Without those withdrawn."""
        return self.filter(withdrawn_on__isnull=True)


class Grant(ScopedModel):
    """帮扶金。One grant to one household, for one member, of one kind, from one source.

    It keeps what the household was on file as. `paid_on` is the day on which the bank confirmed;
    money leaves through the payments of `funds`.
    """

    privacy = Privacy(purpose="帮扶资金的发放", retention="会计档案规定的年限")

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", related_name="grants", editable=False
    )
    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="grants")
    beneficiary = models.ForeignKey(FamilyMember, models.PROTECT, verbose_name="受助人")
    kind = models.CharField("帮扶种类", max_length=10, choices=AidKind.choices)
    source = models.CharField("资金来源", max_length=10, choices=Source.choices)
    cause = models.CharField("帮扶事由", max_length=13, choices=Cause.choices)
    amount = models.DecimalField(
        "金额（元）",
        max_digits=10,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    period_first = models.DateField("帮扶期间起")
    period_last = models.DateField("帮扶期间止")
    tier = models.CharField("困难类别", max_length=8, choices=Tier.choices, editable=False)
    level = models.CharField("档案级别", max_length=10, choices=Level.choices, editable=False)
    granted_on = models.DateField("拟发放日期", default=timezone.localdate, editable=False)
    paid_on = models.DateField("发放日期", null=True, blank=True, editable=False)
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "帮扶金"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "beneficiary", "kind", "cause", "period_first"],
                condition=Q(withdrawn_on__isnull=True),
                name="grant_once",
                violation_error_message="该受助人同一事由、同一期间的帮扶金已经登记，不能重复发放。",
            ),
            models.CheckConstraint(
                name="grant_period_forward",
                condition=Q(period_last__gte=F("period_first")),
                violation_error_message="帮扶期间止不能早于帮扶期间起。",
            ),
            models.CheckConstraint(
                name="grant_paid_or_withdrawn",
                condition=Q(paid_on__isnull=True) | Q(withdrawn_on__isnull=True),
                violation_error_message="已发放的帮扶金不能撤回。",
            ),
        ]
        indexes = [models.Index(fields=["paid_on", "organisation"], name="grant_paid")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:,.2f} 元"
