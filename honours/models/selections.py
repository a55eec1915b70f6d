"""Selections of a year, and the places that are handed down."""

from collections.abc import Iterable
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding
from core.scope import ScopedModel, ScopedQuerySet
from honours.models.catalogue import Title


def above(organisation: Organisation) -> list[str]:
    """The paths of an organisation and of all above it."""
    step, path = Organisation.steplen, organisation.path
    return [path[:length] for length in range(step, len(path) + 1, step)]


class SelectionQuerySet(ScopedQuerySet):
    def open_for(self, organisation: Organisation) -> Self:
        """Those in which this union may propose today: places were handed to it or to one above
        it, and nobody on the way was given none."""
        on_the_way = Quota.objects.filter(
            selection=OuterRef("pk"), organisation__path__in=above(organisation)
        )
        return self.filter(
            Exists(on_the_way),
            ~Exists(on_the_way.filter(number=0)),
            state=Selection.State.NOMINATING,
            closes_on__gte=timezone.localdate(),
        )


class Selection(Proceeding):
    """评选。One title given by one body in one year, from the places that are handed down to the
    decision.

    `places` is how many are given; `minimum` is what everybody below is given beforehand, `extra`
    how many more than its places each may send (差额). Constraints, opinions and exclusions are
    those in force on `rules_on`. `findings` are what the constraints said when it was decided.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "拟订中"
        ALLOTTED = "allotted", "名额已下达"
        NOMINATING = "nominating", "推荐中"
        FIRST_REVIEW = "first_review", "初审中"
        PUBLICITY = "publicity", "公示中"
        FINAL_REVIEW = "final_review", "复审中"
        DECISION = "decision", "待审定"
        COMMENDED = "commended", "已表彰"
        CLOSED = "closed", "已办结"
        CANCELLED = "cancelled", "已取消"

    # From the publicity on somebody who falls is followed by a reserve.
    LISTED = frozenset({State.FIRST_REVIEW, State.PUBLICITY, State.FINAL_REVIEW, State.DECISION})

    privacy = NO_PERSONAL_DATA

    state = models.CharField(
        "状态", max_length=24, choices=State.choices, default=State.DRAFT, editable=False
    )
    title = models.ForeignKey(
        Title, models.PROTECT, verbose_name="荣誉称号", related_name="selections"
    )
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(1950), MaxValueValidator(2100)]
    )
    places = models.PositiveSmallIntegerField(
        "表彰名额", validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    minimum = models.PositiveSmallIntegerField(
        "每处保底名额", default=0, help_text="先给每个下级工会，其余按分配依据计算"
    )
    extra = models.PositiveSmallIntegerField(
        "每处差额推荐数", default=1, help_text="每处可以比名额多报几名，供初审差额选定和候补"
    )
    unit_days = models.PositiveSmallIntegerField(
        "单位公示（工作日）", default=5, validators=[MinValueValidator(5), MaxValueValidator(30)]
    )
    city_days = models.PositiveSmallIntegerField(
        "拟表彰公示（工作日）", default=5, validators=[MinValueValidator(5), MaxValueValidator(30)]
    )
    rules_on = models.DateField(
        "适用规定日期", default=timezone.localdate, help_text="按当日施行的比例、征求意见和排除规定"
    )
    closes_on = models.DateField("推荐截止日")
    document_number = models.CharField("表彰文号", max_length=60, blank=True, editable=False)
    granted_on = models.DateField("表彰日期", null=True, blank=True, editable=False)
    findings = models.JSONField("审定时的比例情况", default=list, blank=True, editable=False)

    objects = SelectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评选"
        ordering = ["-year", "-id"]
        permissions = [
            ("review_selection", "初审和复审评选"),
            ("approve_selection", "审定评选"),
            ("export_selection", "导出评选名单"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "title", "year"],
                condition=~Q(state="cancelled"),
                name="selection_once",
                violation_error_message="本会本年度该荣誉的评选已经建立。",
            ),
            models.CheckConstraint(
                name="selection_days",
                condition=Q(unit_days__gte=5, city_days__gte=5),
                violation_error_message="公示不少于 5 个工作日。",
            ),
            models.CheckConstraint(
                name="selection_decided",
                condition=~Q(state__in=["commended", "closed"])
                | (Q(granted_on__isnull=False) & ~Q(document_number="")),
                violation_error_message="已表彰的评选须有表彰文号和表彰日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.title}评选"

    def get_absolute_url(self) -> str:
        return reverse("admin:honours_selection_change", args=[self.pk])

    def clean(self) -> None:
        if self.title_id and not self.title.is_given:
            raise ValidationError({"title": f"“{self.title}”已停止评选，请选择其他称号。"})

    def concerned(self) -> Iterable[bytes]:
        """Every person who is on the list, and the leaders of collectives on it."""
        from honours.models.nominations import known_by

        if self.pk is None:
            return []
        rows = list(self.nominations.on_list().select_related("person"))
        known_by(rows)
        return [identity for row in rows for identity in row.concerned()]

    def bound(self) -> str:
        """Who is on the list, and how many may be."""
        rows = self.nominations.on_list().select_related("person").order_by("pk")
        return "\n".join([f"{self.title_id}|{self.year}|{self.places}", *map(_bound, rows)])


def _bound(row: Any) -> str:
    return f"{row.pk}:{row.bound()}"


class QuotaQuerySet(ScopedQuerySet):
    def over(self, organisation: Organisation) -> Self:
        """Those that count for a union: its own and of those above it, the nearest last."""
        return self.filter(organisation__path__in=above(organisation)).order_by(
            "organisation__path"
        )


class Quota(ScopedModel):
    """推荐名额。How many candidates of a selection one union has, of `above`'s number or of the
    whole.

    `weight` is what it was reckoned by. `minimum` was given to each below it beforehand, when it
    handed its own number down.
    """

    privacy = NO_PERSONAL_DATA

    selection = models.ForeignKey(
        Selection, models.PROTECT, verbose_name="评选", related_name="quotas"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="工会")
    above = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="上级名额",
        null=True,
        blank=True,
        related_name="below",
        editable=False,
    )
    weight = models.PositiveIntegerField("分配依据数", default=0)
    number = models.PositiveSmallIntegerField("名额")
    minimum = models.PositiveSmallIntegerField("下级每处保底名额", default=0, editable=False)
    note = models.CharField("调剂说明", max_length=200, blank=True)

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推荐名额"
        ordering = ["selection_id", "organisation__path"]
        permissions = [("hand_quota", "分配和调剂推荐名额")]
        constraints = [
            models.UniqueConstraint(
                fields=["selection", "organisation"],
                name="quota_once",
                violation_error_message="该工会在本评选中已有名额。",
            ),
            models.CheckConstraint(
                name="quota_not_above_itself",
                condition=Q(above__isnull=True) | ~Q(above=F("id")),
                violation_error_message="名额不能是自己的上级。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.label} {self.selection}"
