"""Pools: money that was granted for a purpose, and how much of it is promised."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation
from core.scope import ScopedModel


def money(label: str, **options: object) -> models.DecimalField:
    """An amount in yuan, to the cent."""
    return models.DecimalField(f"{label}（元）", max_digits=14, decimal_places=2, **options)


class FundSource(models.TextChoices):
    """资金来源, as the rules of hardship funds and the union's own budget tell them apart."""

    CENTRAL = "central", "中央财政"
    PROVINCIAL = "provincial", "省级财政"
    MUNICIPAL = "municipal", "市级财政"
    COUNTY = "county", "县级财政"
    PROVINCE_AID = "province_aid", "省总专项"
    CITY_MATCH = "city_match", "市总配套"
    UNION = "union", "工会经费"
    DONATION = "donation", "社会捐助"


# What was given for households in need is spent on nothing else.
AID_SOURCES = (FundSource.CENTRAL, FundSource.PROVINCE_AID, FundSource.CITY_MATCH)


class Pool(ScopedModel):
    """资金池。Money of one source, granted to one organisation for a year and a purpose.

    `claimed` is the sum of the payables that draw on it and are not cancelled. It is written by
    `funds.services.pools` under the lock of the row, and by the database never above `amount`.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    source = models.CharField("资金来源", max_length=12, choices=FundSource.choices)
    year = models.PositiveSmallIntegerField("年度")
    purpose = models.CharField("用途", max_length=60)
    document_number = models.CharField("文号", max_length=60, help_text="如“江工发〔2026〕12号”")
    amount = money("下达金额")
    claimed = money("已占用", default=Decimal("0.00"), editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "资金池"
        ordering = ["-year", "organisation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "year", "purpose", "document_number"],
                name="pool_once",
                violation_error_message="同一文号、年度、来源和用途的资金已经登记。",
            ),
            models.CheckConstraint(
                name="pool_never_overdrawn",
                condition=Q(claimed__gte=0) & Q(claimed__lte=F("amount")),
                violation_error_message="下达金额不能少于已占用的金额。",
            ),
            models.CheckConstraint(
                name="pool_year",
                condition=Q(year__gte=2000) & Q(year__lte=2100),
                violation_error_message="年度应为四位年份，如 2026。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.get_source_display()}·{self.purpose}"

    @property
    def balance(self) -> Decimal:
        """What may still be claimed, in yuan."""
        return self.amount - self.claimed

    def clean(self) -> None:
        if self.amount is not None and self.amount < self.claimed:
            raise ValidationError({"amount": f"已占用 {self.claimed:,} 元，下达金额不能少于此数。"})
