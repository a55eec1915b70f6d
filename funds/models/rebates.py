"""Schemes that give small employers back what they paid, and who is entitled to how much."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.pools import money
from funds.models.splits import DatedRuleQuerySet, percentage
from funds.rules import rebates, shares, sizes
from members.models import Employer, Post


class RebateSchemeQuerySet(DatedRuleQuerySet):
    def holding(self, paths: Iterable[str]) -> Self:
        """Those that hold in some part of these subtrees: of bodies in them or above them."""
        paths, step = list(paths), Organisation.steplen
        above = {path[:length] for path in paths for length in range(step, len(path) + 1, step)}
        return self.filter(self.model.scope(paths) | Q(organisation__path__in=above))

    def meeting(self, scheme: "RebateScheme") -> Self:
        """Others that hold in some part of its region for some of the same periods."""
        path, step = scheme.organisation.path, Organisation.steplen
        above = [path[:length] for length in range(step, len(path), step)]
        rows = self.filter(
            Q(organisation__path__in=above) | Q(organisation__path__startswith=path),
            Q(valid_to__isnull=True) | Q(valid_to__gte=scheme.valid_from),
        )
        if scheme.valid_to:
            rows = rows.filter(valid_from__lte=scheme.valid_to)
        return rows.exclude(pk=scheme.pk)


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

    # The grass-roots union is returned its share in any case, and what is held is nobody's yet.
    GIVING = tuple(level for level in shares.LEVELS if level not in ("grassroots", "held"))

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

    objects = RebateSchemeQuerySet.as_manager()

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

    # What a rebate was decided by; only the end and the days may change after one was listed.
    DECISIVE = (
        *("organisation_id", "document_number", "valid_from", "eligibility", "threshold"),
        *("percent", "base", "cycle", "needs_union"),
    )

    def clean(self) -> None:
        """The base is known, nobody is given the same twice, and what was used stays as it is."""
        known = set(self.GIVING)
        if not self.base or not isinstance(self.base, list) or set(self.base) - known:
            raise ValidationError({"base": "请选择返还哪些级次的分成。"})
        if not (self.organisation_id and self.valid_from):
            return
        if other := type(self).objects.meeting(self).first():
            raise ValidationError(
                f"与“{other}”的适用地区和所属期重叠，同一笔缴费会返还两次，请调整所属期。"
            )
        stored = type(self).objects.filter(pk=self.pk).first()
        if stored and (last := stored.last_used()):
            if any(getattr(stored, name) != getattr(self, name) for name in self.DECISIVE):
                raise ValidationError(
                    "该政策已据以列出返还，不能修改；政策有变的，请填写所属期止后另立新政策。"
                )
            if self.valid_to and self.valid_to < last:
                raise ValidationError(
                    {"valid_to": f"该政策已列出至 {last} 的返还，所属期止不能早于这一天。"}
                )

    def last_used(self) -> datetime.date | None:
        """The last day for which somebody was given something under it."""
        standing = self.rebates.standing() if self.pk else Rebate.objects.none()
        return standing.aggregate(last=models.Max("period_last"))["last"]

    def levels(self) -> str:
        """The levels whose shares are given back, in words."""
        return "、".join(rebates.LEVELS[level] for level in shares.LEVELS if level in self.base)


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


class RebateQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Those that were not refused or withdrawn."""
        return self.exclude(state__in=[Rebate.State.REFUSED, Rebate.State.WITHDRAWN])

    def approved(self) -> Self:
        return self.filter(state=Rebate.State.APPROVED)

    def paid_between(self, first: datetime.date, last: datetime.date) -> Self:
        """Those that the bank confirmed from the first to the last day."""
        return self.approved().filter(due__returned_by__paid_on__range=(first, last))


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

    objects = RebateQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        return reverse("funds:rebate", args=[self.pk])

    @property
    def amount_told(self) -> str:
        return f"{self.amount:,}"

    @property
    def payable_on(self) -> datetime.date | None:
        """When it should be with the union; None while it is not approved."""
        due = getattr(self, "due", None)
        return due and due.due_on

    @property
    def paid_on(self) -> datetime.date | None:
        """When the bank confirmed it."""
        due = getattr(self, "due", None)
        return due and due.returned_by and due.returned_by.paid_on

    def explained(self) -> list[str]:
        """Why so much, in sentences."""
        return rebates.explained(self.facts)

    def concerned(self) -> Iterable[bytes]:
        """Whoever leads the union that is paid; read by `lead_by` for many at once."""
        if "leaders" not in self.__dict__:
            lead_by([self])
        return self.leaders

    def bound(self) -> str:
        """Who is given how much for what."""
        return (
            f"{self.organisation_id}|{self.employer_id}|{self.scheme_id}|"
            f"{self.period_first}|{self.period_last}|{self.base_amount}|{self.amount}"
        )


LEADERS = ("chair", "vice_chair", "committee", "audit_head", "women_head")


def lead_by(rows: Iterable[Rebate]) -> None:
    """Put on each row the identities of those who lead the union that is paid."""
    rows = list(rows)
    found: dict[int, list[bytes]] = {row.organisation_id: [] for row in rows}
    posts = Post.objects.in_force(timezone.localdate()).filter(
        organisation__in=found, kind__in=LEADERS, person__isnull=False
    )
    for post in posts.select_related("person"):
        person = post.person
        found[post.organisation_id].append(
            workflow.identity(person.certificate_number.clear(), person.certificate_type)
        )
    for row in rows:
        row.leaders = found[row.organisation_id]
