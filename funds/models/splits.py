"""By which rules a receipt is split: dated rules with their documents, special payers, support."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs
from django.db.models.lookups import LessThan

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation
from core.scope import ScopedModel, ScopedQuerySet
from funds.rules import shares
from members.models import Employer


def percentage(label: str, **options: object) -> models.DecimalField:
    """A percentage with up to four decimals: 0 to 100."""
    options.setdefault("default", Decimal(0))
    return models.DecimalField(f"{label}（%）", max_digits=7, decimal_places=4, **options)


def adds_up(whole: Combinable, *, within: str) -> LessThan:
    """The condition that the columns of all levels add up to the whole.

    SQLite calculates with floating numbers: they may differ by less than half of the last place.
    """
    parts: Combinable = F(shares.LEVELS[0])
    for level in shares.LEVELS[1:]:
        parts += F(level)
    number = models.FloatField()
    return LessThan(Abs(ExpressionWrapper(whole - parts, number)), Value(float(within)))


class PayerClass(models.TextChoices):
    """缴费单位类别, where rules treat some otherwise than others."""

    GENERAL = "general", "一般单位"
    ORGAN = "organ", "机关事业单位"
    RAILWAY = "railway", "铁路、民航"
    FINANCE = "finance", "金融"


class DatedRuleQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        """Valid on that day; `valid_to` is the last day, empty while no end is set."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), valid_from__lte=on)


def refuse_overlap(row: models.Model, *same: str) -> None:
    """Refuse a period in which another row holds already for the same."""
    alike = {name: getattr(row, name) for name in same}
    others = type(row).objects.filter(**alike).exclude(pk=row.pk)
    others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=row.valid_from))
    if row.valid_to:
        others = others.filter(valid_from__lte=row.valid_to)
    if other := others.order_by("valid_from").first():
        until = f"至 {other.valid_to}" if other.valid_to else "起，未填写所属期止"
        raise ValidationError(
            {
                "valid_from": f"所属期与“{other}”重叠（{other.valid_from} {until}），"
                "请先填写其所属期止，或改正本条的所属期。"
            }
        )


def refuse_rewriting(row: models.Model, *free: str) -> None:
    """Refuse any change but of these fields once receipts were split by the row."""
    stored = type(row).objects.filter(pk=row.pk).first() if row.pk else None
    if stored is None or not stored.allocation_set.exists():
        return
    changed = [
        field
        for field in row._meta.concrete_fields
        if field.name not in free and getattr(row, field.attname) != getattr(stored, field.attname)
    ]
    if changed:
        raise ValidationError(
            {
                field.name: "已按本条分配过经费，只能填写所属期止；其他内容有变化的，请另立一条。"
                for field in changed
            }
        )


class SplitRule(ScopedModel):
    """分成规则。How receipts of one kind and class of payer are split, for periods from … to ….

    It holds in the subtree of `organisation`; the nearest rule above a payer decides. `levy` is
    what such payers owe of their wages to this union. Used rules are not changed: a new one takes
    over from its first day.
    """

    class Kind(models.TextChoices):
        DUES = "dues", "工会经费"
        PREPARATION = "preparation", "建会筹备金（建会前）"
        RELEASED = "released", "建会筹备金（建会后返还）"

    class TieOrder(models.TextChoices):
        UP = "up", "由下级到上级"
        DOWN = "down", "由上级到下级"

    class DueAfter(models.TextChoices):
        DAYS = "days", "入库后若干天"
        MONTH = "month", "次月月底"
        QUARTER = "quarter", "下季度末"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="适用地区")
    kind = models.CharField("经费种类", max_length=12, choices=Kind.choices)
    payer_class = models.CharField(
        "单位类别", max_length=12, choices=PayerClass.choices, default=PayerClass.GENERAL
    )
    valid_from = models.DateField("所属期起")
    valid_to = models.DateField("所属期止", null=True, blank=True)
    document_number = models.CharField("文号", max_length=60)
    levy = percentage("计提比例", default=Decimal(2), help_text="占工资总额，一般为 2%")
    grassroots = percentage("基层工会")
    town = percentage("乡镇（街道）")
    district = percentage("区县（产业）")
    municipal = percentage("市级")
    provincial = percentage("省级")
    national = percentage("全国")
    held = percentage("代管", help_text="建会前的筹备金由上级工会代管")
    tie_order = models.CharField(
        "尾差次序", max_length=4, choices=TieOrder.choices, default=TieOrder.UP
    )
    due_after = models.CharField(
        "应返期限", max_length=8, choices=DueAfter.choices, default=DueAfter.MONTH
    )
    due_days = models.PositiveSmallIntegerField("天数", default=0)

    objects = DatedRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "分成规则"
        ordering = ["kind", "payer_class", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="splitrule_whole",
                condition=adds_up(Value(Decimal(100)), within="0.00005"),
                violation_error_message="各级比例合计应为 100%。",
            ),
            models.CheckConstraint(
                name="splitrule_not_negative",
                condition=Q(
                    grassroots__gte=0,
                    town__gte=0,
                    district__gte=0,
                    municipal__gte=0,
                    provincial__gte=0,
                    national__gte=0,
                    held__gte=0,
                    levy__gte=0,
                ),
                violation_error_message="比例不能小于 0。",
            ),
            models.CheckConstraint(
                name="splitrule_forward",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "payer_class", "valid_from"],
                name="splitrule_once",
                violation_error_message="该地区、种类、类别在同一天已有规则。",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()}·{self.get_payer_class_display()}（{self.document_number}）"
        )

    def clean(self) -> None:
        if self.organisation_id and self.valid_from:
            refuse_rewriting(self, "valid_to")
            refuse_overlap(self, "organisation", "kind", "payer_class")

    def percentages(self) -> Mapping[str, Decimal]:
        return {level: getattr(self, level) for level in shares.LEVELS}

    def order(self) -> tuple[str, ...]:
        return shares.UP if self.tie_order == self.TieOrder.UP else shares.DOWN


class SpecialPayer(ScopedModel):
    """特殊缴费单位。An employer to which the rules of a class apply, from … to …."""

    scope_by = "employer__organisation"
    privacy = NO_PERSONAL_DATA

    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="payer_classes"
    )
    payer_class = models.CharField("单位类别", max_length=12, choices=PayerClass.choices)
    valid_from = models.DateField("所属期起")
    valid_to = models.DateField("所属期止", null=True, blank=True)
    document_number = models.CharField("文号", max_length=60, blank=True)

    objects = DatedRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "特殊缴费单位"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "valid_from"],
                name="specialpayer_once",
                violation_error_message="该单位在同一天已有类别。",
            ),
            models.CheckConstraint(
                name="specialpayer_forward",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer}（{self.get_payer_class_display()}）"

    def clean(self) -> None:
        if self.employer_id and self.valid_from:
            refuse_overlap(self, "employer")


class SupportMeasure(ScopedModel):
    """缓减措施。For periods from … to … a percentage of the upper shares stays with the union.

    It holds in the subtree of `organisation`; at most one on any day.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="适用地区")
    name = models.CharField("名称", max_length=60)
    document_number = models.CharField("文号", max_length=60)
    valid_from = models.DateField("所属期起")
    valid_to = models.DateField("所属期止")
    percent = percentage("缓减比例", help_text="占上缴上级部分")

    objects = DatedRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "缓减措施"
        ordering = ["-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="supportmeasure_percent",
                condition=Q(percent__gt=0, percent__lte=100),
                violation_error_message="缓减比例应大于 0，不超过 100。",
            ),
            models.CheckConstraint(
                name="supportmeasure_forward",
                condition=Q(valid_to__gte=F("valid_from")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.document_number}）"

    def clean(self) -> None:
        if self.organisation_id and self.valid_from and self.valid_to:
            refuse_rewriting(self, "valid_to")
            refuse_overlap(self, "organisation")
