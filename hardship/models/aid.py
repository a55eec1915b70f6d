"""What is done for a household: cadres who look after it, and money that it is given."""

from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import CharField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from core import masking
from core.fields import Privacy
from core.models import Organisation, User
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, ScopedQuerySet
from funds.models import FundSource, Payable
from hardship.models.households import RETENTION, Case, Cause, Household, Level, refuse_future
from hardship.models.people import FamilyMember
from hardship.models.standards import Tier


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

    def clean(self) -> None:
        refuse_future(self, "since", "until")

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

    def with_state(self) -> Self:
        """Each with `state`, a value of `Grant.State`: how far its money has come."""
        owed = Payable.objects.live().filter(
            object_type=Grant._meta.label, object_id=Cast(OuterRef("pk"), CharField(max_length=40))
        )
        return self.annotate(
            state=models.Case(
                *(When(condition, then=Value(state)) for state, condition in _OWN_STATES.items()),
                default=Subquery(owed.values("state")[:1]),
                output_field=CharField(max_length=12),
            )
        )

    def in_state(self, state: str) -> Self:
        """Those of one state; of an own one without looking at what is owed."""
        on_its_way = Q(approved_on__isnull=False, paid_on=None, withdrawn_on=None)
        rows = self.filter(_OWN_STATES.get(state, on_its_way)).with_state()
        return rows if state in _OWN_STATES else rows.filter(state=state)


class Grant(ScopedModel):
    """帮扶金。One grant to one household, for one member, of one kind, from one source.

    It keeps what the household was on file as, who laid it down, and who approved it since when.
    An approved grant is owed by one live payable of `funds`, by which money leaves. `paid_on` is
    the day on which the bank confirmed.
    """

    class State(models.TextChoices):
        """How far it has come; those of its payable are called as there."""

        LAID_DOWN = "laid_down", "拟发放"
        WAITING = Payable.State.WAITING.value, "待支付"
        BATCHED = Payable.State.BATCHED.value, "支付中"
        PAID = Payable.State.PAID.value, "已发放"
        BOUNCED = Payable.State.BOUNCED.value, "退票"
        WITHDRAWN = "withdrawn", "已撤回"

    privacy = Privacy(purpose="帮扶资金的发放", retention="会计档案规定的年限")

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", related_name="grants", editable=False
    )
    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="grants")
    beneficiary = models.ForeignKey(FamilyMember, models.PROTECT, verbose_name="受助人")
    kind = models.CharField("帮扶种类", max_length=10, choices=AidKind.choices)
    source = models.CharField("资金来源", max_length=12, choices=FundSource.choices)
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
    laid_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, editable=False, related_name="+"
    )
    approved_on = models.DateField("批准日期", null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="批准人", null=True, editable=False, related_name="+"
    )
    paid_on = models.DateField("发放日期", null=True, blank=True, editable=False)
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "帮扶金"
        ordering = ["-id"]
        permissions = [("approve_grant", "批准发放帮扶金")]
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
            models.CheckConstraint(
                name="grant_approved_by_somebody",
                condition=Q(approved_on__isnull=True, approved_by__isnull=True)
                | Q(approved_on__isnull=False, approved_by__isnull=False),
                violation_error_message="批准日期与批准人应同时登记。",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_on", "organisation"], name="grant_paid"),
            models.Index(
                fields=["organisation", "id"],
                condition=Q(paid_on__isnull=True, withdrawn_on__isnull=True),
                name="grant_unpaid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:,.2f} 元"

    def clean(self) -> None:
        if self.period_first and self.period_last and self.period_last < self.period_first:
            raise ValidationError({"period_last": "帮扶期间止不能早于帮扶期间起，请核对。"})


# The states that a grant has by itself, the first that holds; the others are its payable's.
_OWN_STATES = {
    Grant.State.WITHDRAWN: Q(withdrawn_on__isnull=False),
    Grant.State.PAID: Q(paid_on__isnull=False),
    Grant.State.LAID_DOWN: Q(approved_on=None, paid_on=None, withdrawn_on=None),
}
