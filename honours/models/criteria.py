"""The documents by which candidates are chosen: dated rows of a place."""

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models.dated import DatedRule, RuleQuerySet, once
from honours.models.candidates import LABELS, Circumstance, Department, named
from honours.models.catalogue import Title
from honours.rules import exclusions, ratios


class CriterionQuerySet(RuleQuerySet):
    def about(self, title: Title) -> Self:
        """Those for titles of this kind, and those for all."""
        return self.filter(title_kind__in=["", title.kind])


class Criterion(DatedRule):
    """Base of rules for titles of one kind, or, where that is empty, of all."""

    title_kind = models.CharField(
        "荣誉类别",
        max_length=20,
        choices=Title.Kind.choices,
        blank=True,
        help_text="不填适用于各类荣誉",
    )

    objects = CriterionQuerySet.as_manager()

    class Meta:
        abstract = True


def _unknown(tags: object) -> bool:
    return not isinstance(tags, list) or bool(set(tags) - set(LABELS))


class RatioConstraint(Criterion):
    """比例要求。Of the candidates with a tag of `base` (none: of all) at least or at most `percent`
    have a tag of `wanted`.

    `name` says whom it is about as the document does. See `honours.rules.ratios`.
    """

    same_by = ("title_kind", "name")

    class Operator(models.TextChoices):
        LEAST = ratios.LEAST, "不少于"
        MOST = ratios.MOST, "不超过"

    name = models.CharField("对象", max_length=40, help_text="如“一线职工”")
    wanted = models.JSONField("计入的人选", default=list)
    base = models.JSONField("以哪些人选为基数", default=list, blank=True)
    operator = models.CharField("要求", max_length=2, choices=Operator.choices)
    percent = models.DecimalField(
        "比例（%）",
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = verbose_name_plural = "比例要求"
        ordering = ["organisation__path", "title_kind", "pk"]
        constraints = [
            *once("ratio", "title_kind", "name", message="该范围已有同期同对象的比例要求。"),
            models.CheckConstraint(
                name="ratio_percent",
                condition=Q(percent__gte=0, percent__lte=100),
                violation_error_message="比例应在 0 到 100 之间。",
            ),
        ]

    def __str__(self) -> str:
        return self.ratio().told

    def clean(self) -> None:
        super().clean()
        if not self.wanted or _unknown(self.wanted):
            raise ValidationError({"wanted": "请选择计入的人选。"})
        if _unknown(self.base):
            raise ValidationError({"base": "所选基数中有系统不认识的人选类别，请重新选择。"})

    def ratio(self) -> ratios.Ratio:
        return ratios.Ratio(
            name=self.name,
            wanted=frozenset(self.wanted),
            operator=self.operator,
            percent=self.percent,
            document=self.document,
            base=frozenset(self.base),
            base_name=named(self.base),
        )


class OpinionRule(Criterion):
    """征求意见规定。A department is asked about candidates with one of the tags (none: all), and
    what it says holds for some months."""

    same_by = ("title_kind", "department")

    department = models.CharField("部门", max_length=12, choices=Department.choices)
    about_tags = models.JSONField("哪些人选须征求", default=list, blank=True)
    months = models.PositiveSmallIntegerField(
        "意见有效月数", default=6, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )

    class Meta:
        verbose_name = verbose_name_plural = "征求意见规定"
        ordering = ["organisation__path", "title_kind", "pk"]
        constraints = once(
            "opinionrule", "title_kind", "department", message="该范围已有同期同部门的规定。"
        )

    def __str__(self) -> str:
        return f"{self.get_department_display()}（{self.document}）"

    def clean(self) -> None:
        super().clean()
        if _unknown(self.about_tags):
            raise ValidationError({"about_tags": "有系统不认识的人选类别，请重新选择。"})

    def concerns(self, tags: set[str]) -> bool:
        return not self.about_tags or bool(tags & set(self.about_tags))


class ExclusionRule(Criterion):
    """不得推荐情形。A circumstance that keeps candidates off the list, some with exceptions."""

    same_by = ("title_kind", "circumstance")

    circumstance = models.CharField("情形", max_length=12, choices=Circumstance.choices)
    allows_exception = models.BooleanField(
        "可以例外", default=False, help_text="如有新的特殊贡献，须写明理由"
    )

    class Meta:
        verbose_name = verbose_name_plural = "不得推荐情形"
        ordering = ["organisation__path", "title_kind", "pk"]
        constraints = once(
            "exclusionrule", "title_kind", "circumstance", message="该范围已有同期同情形的规定。"
        )

    def __str__(self) -> str:
        return f"{self.get_circumstance_display()}（{self.document}）"

    def bar(self) -> exclusions.Bar:
        return exclusions.Bar(
            self.circumstance,
            self.get_circumstance_display(),
            self.document,
            self.allows_exception,
        )
