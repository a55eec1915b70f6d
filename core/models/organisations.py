"""The tree of union organisations, as it stands and as it stood."""

import datetime
from typing import Self

from django.db import models
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from core.fields import NO_PERSONAL_DATA
from core.periods import BEGINNING, FOREVER, Period
from core.scope import ScopedModel, ScopedQuerySet


class OrganisationQuerySet(ScopedQuerySet, MP_NodeQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        """Established by that day and not closed by it. Without a date it was always there."""
        return self.filter(
            models.Q(established_on__isnull=True) | models.Q(established_on__lte=on),
            models.Q(closed_on__isnull=True) | models.Q(closed_on__gt=on),
        )


class OrganisationManager(MP_NodeManager.from_queryset(OrganisationQuerySet)):
    """Rows in the order of the tree."""

    def get_queryset(self) -> OrganisationQuerySet:
        return OrganisationQuerySet(self.model, using=self._db).order_by("path")


class Organisation(ScopedModel, MP_Node):
    """一个工会组织。One union body with one superior: a federation, a committee or a branch.

    The tree is today's; `Lineage` keeps where each body stood on any day. Nodes are made and moved
    by `core.services.organisations` only.
    """

    class Level(models.TextChoices):
        MUNICIPAL = "municipal", "市级"
        DISTRICT = "district", "区县"
        INDUSTRY = "industry", "产业（系统）"
        TOWN = "town", "乡镇（街道）"
        GRASSROOTS = "grassroots", "基层"
        BRANCH = "branch", "分会（小组）"

    steplen = 4
    scope_by = ""
    privacy = NO_PERSONAL_DATA

    code = models.CharField("组织编码", max_length=32, unique=True)
    name = models.CharField("工会全称", max_length=120, db_index=True)
    short_name = models.CharField("简称", max_length=60, blank=True)
    level = models.CharField("组织层级", max_length=12, choices=Level.choices)
    established_on = models.DateField("建会日期", null=True, blank=True)
    closed_on = models.DateField("撤销日期", null=True, blank=True)

    objects = OrganisationManager()

    class Meta:
        verbose_name = verbose_name_plural = "工会组织"
        constraints = [
            models.CheckConstraint(
                name="organisation_closed_after_established",
                condition=models.Q(closed_on__isnull=True)
                | models.Q(established_on__isnull=True)
                | models.Q(closed_on__gte=models.F("established_on")),
                violation_error_message="撤销日期不能早于建会日期。",
            )
        ]
        indexes = [models.Index(fields=["level", "path"], name="organisation_level")]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_organisation(self) -> "Organisation":
        return self

    @property
    def label(self) -> str:
        """The name where room is short."""
        return self.short_name or self.name

    def stands_within(self, period: Period) -> bool:
        """Whether it existed on at least one day of the period."""
        return not (self.established_on and self.established_on > period.end) and not (
            self.closed_on and self.closed_on <= period.start
        )

    def contains(self, other: "Organisation") -> bool:
        """Whether `other` stands in this subtree today (an organisation contains itself)."""
        return other.path.startswith(self.path)


class LineageQuerySet(models.QuerySet):
    def on(self, day: datetime.date) -> Self:
        return self.filter(since__lte=day, until__gt=day)

    def overlapping(self, start: datetime.date, end: datetime.date) -> Self:
        """In force on at least one day from `start` to `end`."""
        return self.filter(since__lte=end, until__gt=start)


class Lineage(models.Model):
    """隶属关系的一段历史。`descendant` stood under `ancestor` from `since` up to, not on, `until`.

    An organisation is its own ancestor at distance 0. Counts of the past join through this table,
    so that a union that moved to another district stays in the figures of the old one up to the
    day of the move.
    """

    privacy = NO_PERSONAL_DATA

    ancestor = models.ForeignKey(Organisation, models.PROTECT, related_name="lineage_below")
    descendant = models.ForeignKey(Organisation, models.PROTECT, related_name="lineage")
    distance = models.PositiveSmallIntegerField("层差")
    since = models.DateField("起", default=BEGINNING)
    until = models.DateField("止", default=FOREVER)

    objects = LineageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "隶属关系"
        constraints = [
            models.UniqueConstraint(
                fields=["ancestor", "descendant", "since"], name="lineage_once"
            ),
            models.CheckConstraint(
                name="lineage_forward", condition=models.Q(until__gt=models.F("since"))
            ),
        ]
        indexes = [models.Index(fields=["descendant", "since"], name="lineage_descendant")]

    def __str__(self) -> str:
        return f"{self.descendant_id} ∈ {self.ancestor_id} [{self.since}, {self.until})"
