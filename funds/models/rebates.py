"""Schemes that give small employers back what they paid, and who is entitled to how much."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding
from core.scope import ScopedModel
from funds.models.pools import money
from funds.models.splits import DatedRuleQuerySet, percentage
from funds.rules import shares, sizes
from members.models import Employer


class RebateScheme(ScopedModel):
    """返还政策。A percentage of what small payers paid for periods from … to … is given back.

    It holds in the subtree of `organisation`. `base` names the levels whose shares are given back;
    `threshold` is the yearly payment (元) below which a payer is small, where that decides.
    """

    class Eligibility(models.TextChoices):
        SMALL_MICRO = "small_micro", "小型、微型企业"
        SMALL_PAYER = "small_payer", "年缴费低于限额的单位"

    class Cycle(models.TextChoices):
        YEAR = "year", "按年"
        QUARTER = "quarter", "按季"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="适用地区")
    name = models.CharField("名称", max_length=80)
    document_number = models.CharField("文号", max_length=60)
    valid_from = models.DateField("所属期起")
    valid_to = models.DateField("所属期止", null=True, blank=True)
    eligibility = models.CharField("享受条件", max_length=12, choices=Eligibility.choices)
    threshold = money("年缴费限额", null=True, blank=True, help_text="低于此数，不含本数")
    percent = percentage("返还比例", default=Decimal(100))
    base = models.JSONField("返还哪些级次的分成", default=list)
    cycle = models.CharField("计算周期", max_length=8, choices=Cycle.choices, default=Cycle.YEAR)
    needs_union = models.BooleanField("须已建会", default=True)
    due_days = models.PositiveSmallIntegerField("批准后返还天数", default=30)

    objects = DatedRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "返还政策"
        ordering = ["-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="rebatescheme_percent",
                condition=Q(percent__gt=0, percent__lte=100),
                violation_error_message="返还比例应大于 0，不超过 100。",
            ),
            models.CheckConstraint(
                name="rebatescheme_forward",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
            models.CheckConstraint(
                name="rebatescheme_threshold",
                condition=Q(eligibility="small_payer", threshold__gt=0)
                | Q(eligibility="small_micro", threshold__isnull=True),
                violation_error_message="按年缴费认定的应填写限额，按企业规模认定的不填。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.document_number}）"

    def clean(self) -> None:
        known = set(shares.LEVELS)
        if not self.base or not isinstance(self.base, list) or set(self.base) - known:
            raise ValidationError({"base": "请选择返还哪些级次的分成。"})


class SizeReturn(ScopedModel):
    """企业规模年报。The figures of an employer in a year by which the ministry's standard sizes it.

    `revenue` and `assets` are in yuan, needed where they count in the trade; `size` is what the
    standard (工信部联企业〔2011〕300号) makes of them.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="size_returns"
    )
    year = models.PositiveSmallIntegerField("年度")
    trade = models.CharField("划型行业", max_length=20, choices=sizes.CHOICES)
    employees = models.PositiveIntegerField("从业人员（人）")
    revenue = money("营业收入", null=True, blank=True)
    assets = money("资产总额", null=True, blank=True)
    size = models.CharField("企业规模", max_length=6, choices=Employer.Size.choices, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "企业规模年报"
        ordering = ["-year", "id"]
        permissions = [("export_sizereturn", "导出企业规模年报")]
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "year"],
                name="sizereturn_once",
                violation_error_message="该单位本年度的规模数据已经登记。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.employer} {self.year}年 {self.get_size_display()}"

    @property
    def measures(self) -> sizes.Measures:
        return {name: getattr(self, name) for name in sizes.MEASURES}

    def clean(self) -> None:
        """What the standard asks for is there, and the size is what it makes of that."""
        if self.trade not in sizes.TRADES:
            return
        label = self.get_trade_display()
        lacking = {
            name: f"{label}按{sizes.LABELS[name]}划型，请填写{sizes.LABELS[name]}。"
            for name in sizes.missing(self.trade, self.measures)
        }
        if lacking:
            raise ValidationError(lacking)
        self.size = sizes.size(self.trade, self.measures)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean()
        super().save(*args, **kwargs)


class Rebate(Proceeding):
    """返还资格。What one employer is given back for one period under one scheme.

    `organisation` is the union that is paid for it. Amounts are in yuan; `base_amount` is what the
    percentage was taken of, `amount` less what earlier rebates of the same year gave already (and
    so below zero where those gave too much). `facts` are those it was decided on, as they were.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", "待核对"
        CHECKED = "checked", "待审批"
        APPROVED = "approved", "已核准"
        REFUSED = "refused", "不予返还"
        WITHDRAWN = "withdrawn", "已撤回"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="rebates"
    )
    scheme = models.ForeignKey(
        RebateScheme, models.PROTECT, verbose_name="返还政策", related_name="rebates"
    )
    period_first = models.DateField("所属期起")
    period_last = models.DateField("所属期止")
    base_amount = money("返还基数", editable=False)
    amount = money("返还金额", editable=False)
    is_claimed = models.BooleanField("工会申请", default=False, editable=False)
    note = models.CharField("申请说明", max_length=200, blank=True)
    facts = models.JSONField("认定依据", default=dict, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "小微企业返还"
        ordering = ["-id"]
        permissions = [
            ("check_rebate", "核对小微企业返还"),
            ("approve_rebate", "审批小微企业返还"),
            ("export_rebate", "导出小微企业返还"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "employer", "period_first"],
                condition=~Q(state__in=["refused", "withdrawn"]),
                name="rebate_once",
                violation_error_message="该单位这一所属期的返还已经登记。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.employer} {self.period_first:%Y-%m} 至 {self.period_last:%Y-%m}"

    def concerned(self) -> Iterable[bytes]:
        """Nobody in person: employers are given back what they paid."""
        return []
