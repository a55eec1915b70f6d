"""What staff add to the shipped catalogue: indicators of their own, figures entered by hand."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models.accounts import User
from core.models.files import StoredFile
from core.models.organisations import Organisation
from core.periods import Period
from core.scope import ScopedModel, ScopedQuerySet


class IndicatorDefinition(ScopedModel):
    """自定义指标。An indicator that staff defined: what a shipped one is, kept as data."""

    privacy = NO_PERSONAL_DATA

    code = models.CharField("编码", max_length=80, unique=True)
    label = models.CharField("名称", max_length=80)
    source = models.CharField("依据", max_length=200)
    definition = models.JSONField("定义")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="建立单位")
    created_by = models.ForeignKey(User, models.PROTECT, verbose_name="建立人", editable=False)
    created_at = models.DateTimeField("建立时间", default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "自定义指标"
        ordering = ["code"]
        permissions = [("view_indicator", "查看指标数据")]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """The very check that shipped indicators pass."""
        from core import indicators  # the engine reads this model

        others = indicators.catalogue()
        others.pop(self.code, None)
        try:
            if self.code in indicators.shipped:
                raise indicators.InvalidDefinition(f"编码“{self.code}”已由系统指标使用。")
            made = indicators.build(self.code, self.label, self.source, self.definition)
            indicators.check(made, others)
            for other in others.values():
                if self.code in other.uses():
                    indicators.check(other, {**others, self.code: made})
        except indicators.InvalidDefinition as error:
            raise ValidationError(str(error), code=error.code) from error


class ManualFigureQuerySet(ScopedQuerySet):
    def live(self) -> "ManualFigureQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def signed_off(self) -> "ManualFigureQuerySet":
        return self.live().filter(signed_off_at__isnull=False)


class ManualFigure(ScopedModel):
    """一个人工填报数。A figure that no row can give, of one organisation and period.

    It counts once a second person has signed it off. A wrong one is withdrawn and entered anew;
    what was signed is never edited.
    """

    privacy = NO_PERSONAL_DATA

    code = models.CharField("指标编码", max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="填报单位")
    start = models.DateField("起始日")
    end = models.DateField("截止日")
    value = models.DecimalField("数值", max_digits=18, decimal_places=2)
    source = models.CharField("数据来源", max_length=200)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="佐证材料", null=True, blank=True
    )
    entered_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="填报人", related_name="+", editable=False
    )
    entered_at = models.DateTimeField("填报时间", default=timezone.now, editable=False)
    signed_off_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="签发人", null=True, related_name="+", editable=False
    )
    signed_off_at = models.DateTimeField("签发时间", null=True, editable=False)
    withdrawn_at = models.DateTimeField("作废时间", null=True, editable=False)

    objects = ManualFigureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人工填报数"
        ordering = ["-end", "code", "id"]
        permissions = [("sign_off_manualfigure", "签发人工填报数")]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "organisation", "start", "end"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="manualfigure_live_once",
                violation_error_message="该单位该期间已填报此项数据，如有误请先作废。",
            ),
            models.CheckConstraint(
                name="manualfigure_forward",
                condition=models.Q(end__gte=models.F("start")),
                violation_error_message="截止日不能早于起始日。",
            ),
            models.CheckConstraint(
                name="manualfigure_four_eyes",
                condition=models.Q(signed_off_by__isnull=True)
                | ~models.Q(signed_off_by=models.F("entered_by")),
                violation_error_message="填报人与签发人不能为同一人。",
            ),
            models.CheckConstraint(
                name="manualfigure_signed_whole",
                condition=models.Q(signed_off_by__isnull=True, signed_off_at__isnull=True)
                | models.Q(signed_off_by__isnull=False, signed_off_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.start}—{self.end}"

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    def stands_for(self, period: Period, is_stock: bool) -> bool:
        """Whether this is a figure of the period: exactly of it, or a stock known by its end."""
        return self.end <= period.end if is_stock else self.period == period
