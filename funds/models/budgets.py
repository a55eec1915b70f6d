"""The budget of a union: its lines by account, what was changed in the year, the final account."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, User
from core.scope import ScopedModel
from funds.models.books import Account
from funds.models.pools import money

TENTH = Decimal("0.1")


def year() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField("年度")


def year_is_one(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(year__gte=2000) & Q(year__lte=2100),
        violation_error_message="年度应为四位年份，如 2026。",
    )


def begins() -> models.DateField:
    """The first day of the year, by which figures are counted."""
    return models.DateField("年度首日", blank=True, editable=False)


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A part in percent of the whole, to a tenth; none of nothing."""
    return (Decimal(part) * 100 / whole).quantize(TENTH, ROUND_HALF_UP) if whole else None


class BudgetLine(ScopedModel):
    """预算项目。What one organisation plans for one account and item in a year.

    `changed` is the sum of the changes and `adjusted` the budget with them, both written with each
    change; `final` is the final account, empty until it is drawn up.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="所属工会", related_name="budget_lines"
    )
    year = year()
    begins_on = begins()
    account = models.ForeignKey(Account, models.PROTECT, verbose_name="科目", related_name="+")
    item = models.CharField("项目", max_length=60)
    budget = money("年初预算")
    changed = money("预算调整", default=Decimal(0), editable=False)
    adjusted = money("调整后预算", default=Decimal(0), editable=False)
    final = money("决算", null=True, blank=True)
    document_number = models.CharField("批复文号", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "预算项目"
        ordering = ["-id"]
        permissions = [
            ("export_budgetline", "导出预算"),
            ("adjust_budgetline", "调整预算"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "account", "item"],
                name="budgetline_once",
                violation_error_message="该工会本年度这一科目和项目的预算已经登记。",
            ),
            year_is_one("budgetline_year"),
            models.CheckConstraint(
                name="budgetline_not_below_nothing",
                condition=Q(budget__gte=0) & Q(adjusted__gte=0),
                violation_error_message="预算和调整后预算不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.item}"

    @property
    def execution(self) -> Decimal | None:
        """执行率 in percent: the final account of the adjusted budget."""
        return None if self.final is None else share(self.final, self.adjusted)

    def clean(self) -> None:
        if self.year and 2000 <= self.year <= 2100:  # noqa: PLR2004 - else the constraint speaks
            self.begins_on = datetime.date(self.year, 1, 1)
        if self.budget is not None:
            self.adjusted = self.budget + self.changed


class BudgetChange(ScopedModel):
    """预算调整。A part that was added to a line or taken from it, by which document and why.

    Rows are appended; a wrong one is put right by another.
    """

    scope_by = "line__organisation"
    privacy = NO_PERSONAL_DATA

    line = models.ForeignKey(
        BudgetLine, models.PROTECT, verbose_name="预算项目", related_name="changes"
    )
    amount = money("调整金额")
    document_number = models.CharField("文号", max_length=60)
    reason = models.CharField("调整原因", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="办理人")
    on = models.DateField("调整日期", default=timezone.localdate)

    class Meta:
        verbose_name = verbose_name_plural = "预算调整"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="budgetchange_not_nothing",
                condition=~Q(amount=0),
                violation_error_message="调整金额不能为 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.amount:+,}元"


class FiscalTransfer(ScopedModel):
    """财政划拨。How many units of a district's budget paid their dues by transfer in a year.

    Since when a district has the system is told by its `members.Mechanism`; here are the figures.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="区县工会", related_name="fiscal_transfers"
    )
    year = year()
    begins_on = begins()
    units_due = models.PositiveIntegerField("应划拨单位（家）")
    units_covered = models.PositiveIntegerField("已划拨单位（家）")
    amount = money("划拨金额")
    document_number = models.CharField("文号", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "财政划拨"
        ordering = ["-id"]
        permissions = [("export_fiscaltransfer", "导出财政划拨")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="fiscaltransfer_once",
                violation_error_message="该区县本年度的财政划拨已经登记。",
            ),
            year_is_one("fiscaltransfer_year"),
            models.CheckConstraint(
                name="fiscaltransfer_part",
                condition=Q(units_covered__lte=models.F("units_due")),
                violation_error_message="已划拨单位不能多于应划拨单位。",
            ),
            models.CheckConstraint(
                name="fiscaltransfer_amount",
                condition=Q(amount__gte=0) & (Q(units_covered__gt=0) | Q(amount=0)),
                violation_error_message="划拨金额不能小于 0；没有已划拨单位的，金额应为 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}年"

    @property
    def coverage(self) -> Decimal | None:
        """覆盖率 in percent."""
        return share(self.units_covered, self.units_due)

    def clean(self) -> None:
        if self.year and 2000 <= self.year <= 2100:  # noqa: PLR2004 - else the constraint speaks
            self.begins_on = datetime.date(self.year, 1, 1)
