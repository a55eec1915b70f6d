"""What the documents ask, by place and day: lines, tiers, vetoes, the way a file goes."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from core.models.dated import DatedRule, once
from hardship import rules


class Standard(DatedRule):
    """低保标准。The minimum-living line of a city or district: 元 for one person and month."""

    amount = models.DecimalField(
        "每人每月（元）", max_digits=8, decimal_places=2, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = verbose_name_plural = "低保标准"
        ordering = ["organisation__path", "-since"]
        constraints = once("standard", message="该范围已有同期的低保标准。")

    def __str__(self) -> str:
        return f"{self.document}：{rules.yuan(self.amount)}"

    def line(self) -> rules.Line:
        return rules.Line(self.amount, self.document)


class Tier(models.TextChoices):
    DEEP = "deep", "深度困难"
    RELATIVE = "relative", "相对困难"
    ACCIDENT = "accident", "意外致困"


def _times(label: str) -> models.DecimalField:
    return models.DecimalField(
        label, max_digits=5, decimal_places=2, null=True, blank=True, help_text="低保标准的倍数"
    )


class TierRule(DatedRule):
    """困难类别认定规则。What makes a household one of a tier; see `hardship.rules.TierRule`."""

    same_by = ("tier",)

    tier = models.CharField("困难类别", max_length=8, choices=Tier.choices)
    months = models.PositiveSmallIntegerField(
        "收入计算月数", default=12, choices=[(12, "近 12 个月"), (6, "近 6 个月")]
    )
    above_times = _times("人均月收入高于（倍）")
    income_times = _times("人均月收入上限（倍）")
    income_inclusive = models.BooleanField("人均月收入含上限", default=False)
    net_times = _times("扣除后人均月收入上限（倍）")
    net_inclusive = models.BooleanField("扣除后人均月收入含上限", default=False)
    net_of_event = models.BooleanField(
        "扣除事件损失", default=False, help_text="不选则扣除刚性支出"
    )
    is_event = models.BooleanField("限突发事件致困", default=False)
    loss_share = models.DecimalField(
        "损失占家庭年收入比例",
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="如 0.8，损失须超过此比例",
    )
    harm_suffices = models.BooleanField("公共突发事件致伤残、死亡不看损失", default=False)
    after_aid = models.BooleanField("限政府救助后仍有困难", default=False)
    settled_months = models.PositiveSmallIntegerField("农民工须建立劳动关系（月）", default=12)

    class Meta:
        verbose_name = verbose_name_plural = "困难类别认定规则"
        ordering = ["organisation__path", "-since", "pk"]
        constraints = once("tierrule", "tier", message="该范围已有同期同类别的认定规则。")

    def __str__(self) -> str:
        return f"{self.get_tier_display()}（{self.document}）"

    def clean(self) -> None:
        super().clean()
        if self.income_times is None and self.net_times is None and not self.is_event:
            raise ValidationError("请至少填写一项收入上限，或选择限突发事件致困。")

    def rule(self) -> rules.TierRule:
        return rules.TierRule(
            tier=self.tier,
            document=self.document,
            months=self.months,
            above=self.above_times,
            income=_limit(self.income_times, self.income_inclusive),
            net=_limit(self.net_times, self.net_inclusive),
            net_of_event=self.net_of_event,
            event=self.is_event,
            loss_share=self.loss_share,
            harm_suffices=self.harm_suffices,
            after_aid=self.after_aid,
            settled_months=self.settled_months,
        )


def _limit(times: models.DecimalField | None, inclusive: bool) -> rules.Limit | None:
    return None if times is None else rules.Limit(times, inclusive)


class VetoRule(DatedRule):
    """一票否决情形。A circumstance that keeps a household off file, some with exceptions."""

    same_by = ("code",)

    code = models.SlugField("编码", max_length=30)
    label = models.CharField("情形", max_length=120)
    allows_exception = models.BooleanField("可以例外", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "一票否决情形"
        ordering = ["organisation__path", "pk"]
        constraints = once("vetorule", "code", message="该范围已有同期同编码的情形。")

    def __str__(self) -> str:
        return self.label


class Procedure(DatedRule):
    """办理规定。How files go at a place: which reviews, which answers, how long a watch."""

    has_town_review = models.BooleanField("经街道（乡镇）审核", default=True)
    checked_sources = models.JSONField(
        "必须比对的部门", default=list, blank=True, help_text="为空则全部比对"
    )
    recheck_months = models.PositiveSmallIntegerField("复核周期（月）", default=12)
    exit_times = models.DecimalField(
        "脱困标准（低保标准的倍数）", max_digits=5, decimal_places=2, default="1.50"
    )
    watch_months = models.PositiveSmallIntegerField(
        "返困监测（月）", default=12, validators=[MinValueValidator(12)]
    )

    class Meta:
        verbose_name = verbose_name_plural = "办理规定"
        ordering = ["organisation__path", "-since"]
        constraints = once("procedure", message="该范围已有同期的办理规定。")

    def __str__(self) -> str:
        return self.document
