"""Money that goes with a title: by which rule, to whom, for which year (三金、荣誉津贴)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from core import workflow
from core.fields import Privacy
from core.models import Proceeding
from core.models.dated import DatedRule, once
from core.scope import ScopedQuerySet
from funds.models import Payable, Pool
from funds.models.pools import money
from honours.models.awards import Award
from honours.models.catalogue import Level
from honours.models.holders import Holder
from honours.rules import allowances as rules


class AllowanceKind(models.TextChoices):
    SPRING = "spring", "春节慰问金"
    LIVING = "living", "生活困难补助金"
    SPECIAL = "special", "特殊困难帮扶金"
    HONORARIUM = "honorarium", "荣誉津贴"


# What is given to those in want; the other kinds are given to everybody who holds the title.
OF_WANT = (AllowanceKind.LIVING.value, AllowanceKind.SPECIAL.value)
# What a rule of each kind must say.
NEEDED = {
    AllowanceKind.SPRING: ("amount",),
    AllowanceKind.HONORARIUM: ("amount",),
    AllowanceKind.LIVING: ("average_income", "percent"),
    AllowanceKind.SPECIAL: ("percent",),
}


class AllowanceRule(DatedRule):
    """待遇标准。How much holders of a level (blank: of every level) get of one kind a year.

    春节慰问金 and 荣誉津贴 are an `amount` a head. 生活困难补助金 tops an income up to `percent`
    of the city's `average_income` of a year, 特殊困难帮扶金 is `percent` of what was paid or lost,
    both up to `cap`.
    """

    same_by = ("kind", "level")

    kind = models.CharField("待遇", max_length=12, choices=AllowanceKind.choices)
    level = models.CharField(
        "称号级别", max_length=12, choices=Level.choices, blank=True, help_text="不填为各级相同"
    )
    amount = money("每人每年标准", null=True, blank=True)
    average_income = money("上年度全市职工年平均收入", null=True, blank=True)
    percent = models.DecimalField(
        "比例（%）",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="生活困难补助：占平均收入的比例；特殊困难帮扶：占自付费用或损失的比例",
    )
    cap = money("每人每年上限", null=True, blank=True, help_text="不填为不设上限")
    in_service_only = models.BooleanField("只限在职", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "劳模待遇标准"
        ordering = ["organisation__path", "kind", "-since", "pk"]
        constraints = [
            *once("allowancerule", "kind", "level", message="该范围已有同期同级别的标准。"),
            models.CheckConstraint(
                name="allowancerule_share",
                condition=Q(percent__isnull=True) | (Q(percent__gt=0) & Q(percent__lte=100)),
                violation_error_message="比例应大于 0、不超过 100。",
            ),
        ]

    def __str__(self) -> str:
        level = f"（{self.get_level_display()}）" if self.level else ""
        return f"{self.get_kind_display()}{level} {self.document}"

    def clean(self) -> None:
        needed = NEEDED.get(self.kind, ())
        wrong = {
            name: f"{self.get_kind_display()}须填写此项。"
            for name in needed
            if not getattr(self, name)
        }
        if wrong:
            raise ValidationError(wrong)
        super().clean()

    @property
    def formula(self) -> rules.Formula:
        """What it says, for the arithmetic."""
        return rules.Formula(
            self.kind, self.amount, self.average_income, self.percent, self.cap, self.document
        )


class AllowanceQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Those that were not refused, withdrawn or stopped."""
        return self.exclude(state__in=Allowance.OVER)

    def unpaid(self) -> Self:
        return self.standing().filter(paid_on__isnull=True)


class Allowance(Proceeding):
    """劳模待遇。What one holder is given of one kind for one year, by one rule.

    `income` is that of the year before, `loss` what was paid or lost and nobody makes up; `amount`
    is what the rule makes of them, in yuan. `award` is the title by which it is given. An approved
    one is owed by a live payable of `funds`; `paid_on` is the day on which the bank confirmed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待核对"
        CHECKED = "checked", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "不予发放"
        WITHDRAWN = "withdrawn", "已撤回"
        STOPPED = "stopped", "停止发放"

    OVER = (State.REFUSED, State.WITHDRAWN, State.STOPPED)

    privacy = Privacy(purpose="劳模待遇的核定和发放", retention="会计档案规定的年限")

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    holder = models.ForeignKey(
        Holder, models.PROTECT, verbose_name="劳模", related_name="allowances"
    )
    award = models.ForeignKey(
        Award, models.PROTECT, verbose_name="所依据的荣誉", related_name="allowances"
    )
    rule = models.ForeignKey(AllowanceRule, models.PROTECT, verbose_name="标准", related_name="+")
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name="资金池", related_name="+")
    kind = models.CharField("待遇", max_length=12, choices=AllowanceKind.choices)
    level = models.CharField("称号级别", max_length=12, choices=Level.choices)
    year = models.PositiveSmallIntegerField("年度")
    occasion = models.CharField("事由", max_length=60, blank=True)
    income = money("上年收入", null=True, blank=True)
    loss = money("自付费用或损失", null=True, blank=True)
    amount = money("金额", editable=False)
    paid_on = models.DateField("发放日期", null=True, blank=True, editable=False)

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "劳模待遇"
        ordering = ["-id"]
        permissions = [("check_allowance", "核对劳模待遇"), ("approve_allowance", "审批劳模待遇")]
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "kind", "year", "occasion"],
                condition=~Q(state__in=["refused", "withdrawn", "stopped"]),
                name="allowance_once",
                violation_error_message="该劳模本年度同一待遇、同一事由已经登记，不能重复发放。",
            ),
            models.CheckConstraint(
                name="allowance_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="金额应大于 0。",
            ),
        ]
        indexes = [models.Index(fields=["paid_on", "organisation"], name="allowance_paid")]

    def __str__(self) -> str:
        return f"{self.masked_label} {self.year}年{self.get_kind_display()}"

    @property
    def masked_label(self) -> str:
        return self.holder.masked_label

    @property
    def facts(self) -> rules.Facts:
        if "already" not in self.__dict__:
            prepare([self])
        return rules.Facts(self.income, self.loss, self.already)

    def explained(self) -> list[str]:
        """Why so much, in sentences."""
        return rules.explained(self.rule.formula, self.facts)

    def concerned(self) -> Iterable[bytes]:
        person = self.holder.person
        return [workflow.identity(person.certificate_number.clear(), person.certificate_type)]

    def bound(self) -> str:
        """Who is given how much of what, out of which money."""
        return (
            f"{self.holder_id}|{self.award_id}|{self.rule_id}|{self.pool_id}|{self.kind}|"
            f"{self.year}|{self.occasion}|{self.income}|{self.loss}|{self.amount}"
        )

    def owed(self) -> models.QuerySet[Payable]:
        """Its payables, the live one and those that were given up."""
        return Payable.objects.of(self).order_by("pk")


def prepare(rows: Iterable[Allowance]) -> None:
    """Put on each what its holder was given of the same in the year before it (`already`), for
    other occasions; one query for many. One that is not stored comes after all."""
    rows = list(rows)
    asked = {row.holder_id for row in rows if row.kind == AllowanceKind.SPECIAL}
    known: dict[tuple[int, int], list[tuple[int, Decimal]]] = defaultdict(list)
    given = Allowance.objects.standing().filter(kind=AllowanceKind.SPECIAL, holder__in=asked)
    for key, holder, year, amount in given.values_list("pk", "holder", "year", "amount"):
        known[holder, year].append((key, amount))
    for row in rows:
        same = known[row.holder_id, row.year] if row.kind == AllowanceKind.SPECIAL else []
        before = (amount for key, amount in same if row.pk is None or key < row.pk)
        row.already = sum(before, rules.ZERO)
