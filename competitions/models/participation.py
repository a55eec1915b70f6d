"""How many took part: head-counts that units report beside named entries, and what both come to."""

from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from competitions.models.programmes import Competition
from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, ScopedQuerySet
from members.models import Employer


class ReportQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        return self.exclude(state=ParticipationReport.State.WITHDRAWN)


class ParticipationReport(Proceeding):
    """参赛人次填报。How many workers of one unit took part in one competition without a name.

    `organisation` is the union that reports for the `employer`. `headcount` are 人次: nobody knows
    whether one person came twice. Whoever was entered by name is not in it, so that both add up.
    `sessions` (场次) are those that this unit held itself; a session of several units is reported
    by the one that held it. `workers` (人) are those of the trade whom the unit has, of whom the
    size rules ask a share.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        SUBMITTED = "submitted", "待审核"
        ACCEPTED = "accepted", "已核定"
        WITHDRAWN = "withdrawn", "已撤回"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", related_name="reports"
    )
    employer = models.ForeignKey(Employer, models.PROTECT, verbose_name="单位", related_name="+")
    headcount = models.PositiveIntegerField(
        "参赛人次",
        validators=[MinValueValidator(1)],
        help_text="不含已按姓名报名的选手",
    )
    sessions = models.PositiveSmallIntegerField(
        "举办场次", default=0, help_text="本单位自行举办的场次，多家联合举办的由主办单位填报"
    )
    workers = models.PositiveIntegerField(
        "应参加职工（人）", null=True, blank=True, help_text="本单位相关工种的职工人数，可不填"
    )
    note = models.CharField("说明", max_length=200, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "参赛人次填报"
        ordering = ["-id"]
        permissions = [("accept_participationreport", "核定参赛人次")]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "employer"],
                condition=~Q(state="withdrawn"),
                name="participation_report_once",
                violation_error_message="该单位已填报本竞赛的参赛人次，请在原填报上修改。",
            )
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="participation_report_union")]

    def __str__(self) -> str:
        return f"{self.employer}（{self.competition}）"

    @property
    def headcount_told(self) -> str:
        return f"{self.headcount:,}"

    def get_absolute_url(self) -> str:
        return reverse("competitions:report", args=[self.pk])

    def concerned(self) -> list[bytes]:
        return []

    def bound(self) -> str:
        return f"{self.employer_id} {self.headcount} {self.sessions} {self.workers}"


class Participation(ScopedModel):
    """参赛单位。One employer in one competition, as accepted entries and reports have it.

    Written by `services.participation.settle` alone, from them. `named` are the persons (人) of
    the employer whom accepted entries name, each once; `headcount` 人次 and `sessions` 场次 those
    of its accepted report. `organisation` is the union that entered or reported.
    """

    privacy = NO_PERSONAL_DATA

    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", related_name="participations"
    )
    employer = models.ForeignKey(Employer, models.PROTECT, verbose_name="单位", related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    named = models.PositiveIntegerField("按名参赛（人）", default=0)
    headcount = models.PositiveIntegerField("填报参赛（人次）", default=0)
    sessions = models.PositiveIntegerField("举办场次", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "参赛单位"
        ordering = ["competition", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "employer"],
                name="participation_once",
                violation_error_message="该单位已列入本竞赛的参赛单位。",
            ),
            models.CheckConstraint(
                name="participation_counts",
                condition=Q(named__gt=0) | Q(headcount__gt=0),
                violation_error_message="参赛单位应有参赛职工。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer}（{self.competition}）"


class SizeRule(DatedRule):
    """竞赛规模要求。How many must at least take part in a stage of competitions of one level.

    `min_share` is the percentage of the workers of the trade in a unit; `min_units` (家) and
    `min_entries` (人或队) are counted over the accepted entries of an event. Empty ones are not
    asked. What falls short is shown where it is decided, and stops nothing.
    """

    same_by = ("level", "stage")

    level = models.CharField("竞赛级别", max_length=12, choices=Competition.Level.choices)
    stage = models.CharField(
        "赛段",
        max_length=12,
        choices=[("preliminary", "初赛"), ("semifinal", "复赛"), ("final", "决赛")],
    )
    min_share = models.PositiveSmallIntegerField("职工参与比例下限（%）", null=True, blank=True)
    min_units = models.PositiveSmallIntegerField("参赛单位下限（家）", null=True, blank=True)
    min_entries = models.PositiveSmallIntegerField("选手（队）下限", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "竞赛规模要求"
        ordering = ["organisation__path", "level", "-since"]
        constraints = [
            *once(
                "sizerule",
                "level",
                "stage",
                message="该级别、赛段已有同日施行或尚未失效的规模要求。",
            ),
            models.CheckConstraint(
                name="sizerule_asks",
                condition=Q(min_share__isnull=False)
                | Q(min_units__isnull=False)
                | Q(min_entries__isnull=False),
                violation_error_message="请至少填写一项规模要求。",
            ),
            models.CheckConstraint(
                name="sizerule_share",
                condition=Q(min_share__isnull=True) | Q(min_share__lte=100),
                violation_error_message="参与比例不能超过 100%。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}{self.get_stage_display()}规模要求"
