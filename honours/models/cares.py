"""What is done for holders: visits, check-ups, recuperation, and how often they have a right to."""

import datetime
from decimal import Decimal
from functools import reduce
from operator import or_

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils import timezone

from core.fields import Privacy
from core.models import Organisation
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, path_after
from funds.models.pools import money
from honours.models.catalogue import Level
from honours.models.holders import Holder, HolderQuerySet, Status
from honours.rules.intervals import due_before


class CareKind(models.TextChoices):
    VISIT = "visit", "走访慰问"
    CHECKUP = "checkup", "健康体检"
    RECUPERATION = "recuperation", "疗休养"


# What is a right after so many years; visits are not.
OF_RIGHT = [(kind.value, kind.label) for kind in (CareKind.CHECKUP, CareKind.RECUPERATION)]


class CareRule(DatedRule):
    """体检疗休养周期。Once in how many calendar years holders of a status have a right to it."""

    same_by = ("kind", "status")

    kind = models.CharField("项目", max_length=12, choices=OF_RIGHT)
    status = models.CharField(
        "人员状态",
        max_length=12,
        choices=[(each.value, each.label) for each in (Status.IN_SERVICE, Status.RETIRED)],
    )
    years = models.PositiveSmallIntegerField("每几年一次", help_text="每年一次填 1")

    class Meta:
        verbose_name = verbose_name_plural = "体检疗休养周期"
        ordering = ["organisation__path", "kind", "status", "-since", "pk"]
        constraints = [
            *once("carerule", "kind", "status", message="该范围已有同期同类人员的周期。"),
            models.CheckConstraint(
                name="carerule_years_positive",
                condition=Q(years__gt=0),
                violation_error_message="年数应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}劳模{self.get_kind_display()}（{self.document}）"


class Care(ScopedModel):
    """劳模关爱。One visit, check-up or recuperation that one holder had on a day.

    `cash` was handed over, `goods` is the value of what was brought, `cost` what the service cost
    the union; `level` is that of his title on the day.
    """

    privacy = Privacy(purpose="劳模走访慰问、体检和疗休养", retention="会计档案规定的年限")

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="管理工会")
    holder = models.ForeignKey(Holder, models.PROTECT, verbose_name="劳模", related_name="cares")
    kind = models.CharField("项目", max_length=12, choices=CareKind.choices)
    held_on = models.DateField("日期", default=timezone.localdate)
    level = models.CharField("称号级别", max_length=12, choices=Level.choices, editable=False)
    cash = money("慰问金", default=Decimal("0.00"), validators=[MinValueValidator(0)])
    goods = money("慰问品折价", default=Decimal("0.00"), validators=[MinValueValidator(0)])
    cost = money("服务费用", default=Decimal("0.00"), validators=[MinValueValidator(0)])
    total = money("合计", editable=False)
    place = models.CharField("地点或承办机构", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "劳模关爱"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "kind", "held_on"],
                name="care_once",
                violation_error_message="该劳模当日的同一项目已经登记。",
            )
        ]
        indexes = [models.Index(fields=["held_on", "organisation"], name="care_held")]

    def __str__(self) -> str:
        return f"{self.holder.masked_label} {self.held_on} {self.get_kind_display()}"

    @property
    def masked_label(self) -> str:
        return str(self)

    def clean(self) -> None:
        if self.held_on and self.held_on > timezone.localdate():
            raise ValidationError({"held_on": "日期晚于今天，办理之后再登记。"})
        if self.kind != CareKind.VISIT and (self.cash or self.goods):
            raise ValidationError({"cash": "慰问金和慰问品只在走访慰问中登记。"})
        self.total = (self.cash or 0) + (self.goods or 0) + (self.cost or 0)


def last(kind: str) -> Subquery:
    """On which day a holder last had it, for the queries of holders."""
    rows = Care.objects.filter(holder=OuterRef("pk"), kind=kind).order_by().values("holder")
    return Subquery(rows.values(day=Max("held_on")))


def due(holders: HolderQuerySet, kind: str, on: datetime.date) -> HolderQuerySet:
    """Those of these holders who have a right to it on the day and have not had it yet.

    Of the rules those of the nearest place that has any for it.
    """
    entitled = holders.entitled(on).annotate(last=last(kind))
    rules = CareRule.objects.in_force(on).filter(kind=kind).select_related("organisation")
    by_place: dict[str, list[CareRule]] = {}
    for rule in rules.order_by("pk"):
        by_place.setdefault(rule.organisation.path, []).append(rule)
    asked = [
        _within(path) & ~_deeper(path, by_place) & reduce(or_, [_late(each, on) for each in those])
        for path, those in by_place.items()
    ]
    return entitled.filter(reduce(or_, asked)) if asked else entitled.none()


def _within(path: str) -> Q:
    return Q(organisation__path__gte=path, organisation__path__lt=path_after(path))


def _deeper(path: str, places: dict[str, list[CareRule]]) -> Q:
    """What lies in a part that has rules of its own."""
    inner = [_within(other) for other in places if other != path and other.startswith(path)]
    return reduce(or_, inner, Q(pk__in=[]))


def _late(rule: CareRule, on: datetime.date) -> Q:
    never = Q(last__isnull=True) | Q(last__lt=due_before(rule.years, on))
    return Q(status=rule.status) & never
