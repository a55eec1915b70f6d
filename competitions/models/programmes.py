"""The plan of a year, its competitions, their events and stages."""

import json
from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding
from core.scope import ScopedModel, ScopedQuerySet
from members.models import Person


def held_above(paths: Iterable[str], name: str) -> Q:
    """The condition that `name` is the path of one of these places, or of one above it."""
    step = Organisation.steplen
    above = {path[:end] for path in paths for end in range(step, len(path) + 1, step)}
    return Q(**{f"{name}__in": sorted(above)})


class Programme(ScopedModel):
    """年度竞赛计划。What one federation plans to hold in one year."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="制定工会")
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("名称", max_length=100)
    document_number = models.CharField("文号", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度竞赛计划"
        ordering = ["-year", "organisation__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "name"],
                name="programme_once",
                violation_error_message="该工会本年度已有同名的竞赛计划。",
            )
        ]

    def __str__(self) -> str:
        year = f"{self.year}年"
        return self.name if self.name.startswith(year) else f"{year}{self.name}"


class CompetitionQuerySet(ScopedQuerySet):
    def offered_to(self, paths: Iterable[str]) -> Self:
        """Held by one of these places, by one above it or below it: whose unions may take part."""
        paths = list(paths)
        return self.filter(self.model.scope(paths) | held_above(paths, "organisation__path"))

    def open_for_entries(self) -> Self:
        """Which take entries today."""
        today = timezone.localdate()
        return self.filter(state=Competition.State.ENTERING, enter_until__gte=today)

    def counting_heads(self) -> Self:
        """Which were begun and not filed yet: what took part may be reported."""
        return self.filter(state__in=Competition.COUNTING)

    def held(self) -> Self:
        """Which were begun and not cancelled."""
        return self.filter(state__in=Competition.HELD)


class Competition(Proceeding):
    """竞赛。One competition of a plan, from the plan to the archive."""

    class State(models.TextChoices):
        PLANNED = "planned", "计划"
        APPROVAL = "approval", "立项审批"
        ENTERING = "entering", "报名中"
        CLOSED = "closed", "报名截止"
        RUNNING = "running", "进行中"
        SCORING = "scoring", "成绩录入"
        PUBLICITY = "publicity", "成绩公示"
        AWARDED = "awarded", "发文表彰"
        ARCHIVED = "archived", "归档"
        CANCELLED = "cancelled", "取消"

    COUNTING = (State.RUNNING, State.SCORING, State.PUBLICITY, State.AWARDED)
    HELD = (*COUNTING, State.ARCHIVED)

    class Level(models.TextChoices):
        NATIONAL = "national", "国家级"
        PROVINCIAL = "provincial", "省级"
        MUNICIPAL_1 = "municipal_1", "市级一类"
        MUNICIPAL_2 = "municipal_2", "市级二类"
        COUNTY = "county", "县级"
        INDUSTRY = "industry", "产业（系统）"
        EMPLOYER = "employer", "企业"

    class Form(models.TextChoices):
        THEME = "theme", "主题劳动竞赛"
        SKILLS = "skills", "职业技能竞赛"
        CONTEST = "contest", "技术比武"
        SAFETY = "safety", "安康杯竞赛"
        STARTUP = "startup", "创业大赛"
        SECTOR = "sector", "行业对抗赛"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="竞赛计划", related_name="competitions"
    )
    name = models.CharField("竞赛名称", max_length=120)
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    form = models.CharField("形式", max_length=10, choices=Form.choices)
    host = models.CharField("主办单位", max_length=200)
    organiser = models.CharField("承办单位", max_length=200, blank=True)
    co_organiser = models.CharField("协办单位", max_length=200, blank=True)
    is_key_project = models.BooleanField("重点工程（项目）竞赛", default=False)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    enter_until = models.DateField("报名截止日", null=True, blank=True)
    budget = models.DecimalField(
        "经费（元）", max_digits=12, decimal_places=2, null=True, blank=True
    )
    document_number = models.CharField("通知文号", max_length=60, blank=True)
    award_document = models.CharField("表彰文号", max_length=60, blank=True, editable=False)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "竞赛"
        ordering = ["-starts_on", "-id"]
        permissions = [
            ("open_figure", "查看竞赛指标背后的记录"),
            ("approve_competition", "审批竞赛立项、表彰和取消"),
            ("takeover_competition", "移交登记历年竞赛"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "name"],
                name="competition_once",
                violation_error_message="该计划中已有同名的竞赛。",
            ),
            models.CheckConstraint(
                name="competition_forward",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "organisation"], name="competition_starts")]

    def __str__(self) -> str:
        return self.name

    def concerned(self) -> list[bytes]:
        return []

    def bound(self) -> str:
        """What was approved: the competition, and who may enter which event of it."""
        facts = [getattr(self, name) for name in self.BOUND]
        events = list(self.events.order_by("pk").values_list("pk", *Event.BOUND))
        return json.dumps([facts, events], cls=DjangoJSONEncoder, ensure_ascii=False)

    BOUND = (
        *("name", "level", "form", "host", "organiser", "co_organiser", "is_key_project"),
        *("starts_on", "ends_on", "enter_until", "budget", "document_number"),
    )

    def clean(self) -> None:
        if self.programme_id and self.organisation_id != self.programme.organisation_id:
            raise ValidationError({"programme": "竞赛应列入所属工会本级的竞赛计划，请重新选择。"})
        if self.enter_until and self.ends_on and self.enter_until > self.ends_on:
            raise ValidationError({"enter_until": "报名截止日晚于结束日期，请核对。"})


class EventQuerySet(ScopedQuerySet):
    def open_to(self, paths: Iterable[str]) -> Self:
        """Which the unions of these places may enter for today."""
        offered = Competition.objects.offered_to(paths).open_for_entries()
        return self.filter(competition__in=offered).select_related("competition__organisation")

    def with_final(self) -> Self:
        """Each with `final_on`, the day of its final, or None."""
        finals = Stage.objects.filter(event=OuterRef("pk"), kind=Stage.Kind.FINAL)
        return self.annotate(final_on=Subquery(finals.values("held_on")[:1]))


class Event(ScopedModel):
    """赛项（工种）。One trade in which a competition is held, and who may enter it.

    Empty limits do not hold. `unit_limit` is the most entries of one unit, `team_size` the members
    of one entry (1: single persons).
    """

    scope_by = "competition__organisation"
    privacy = NO_PERSONAL_DATA

    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", related_name="events"
    )
    name = models.CharField("赛项（工种）", max_length=80)
    standard = models.CharField("国家职业标准", max_length=80, blank=True)
    skill_grade = models.CharField(
        "技能等级", max_length=20, choices=Person.SkillGrade.choices, blank=True
    )
    team_size = models.PositiveSmallIntegerField(
        "每队人数", default=1, validators=[MinValueValidator(1)], help_text="个人项目填 1"
    )
    unit_limit = models.PositiveSmallIntegerField("每单位限报", null=True, blank=True)
    min_age = models.PositiveSmallIntegerField("年龄下限", null=True, blank=True)
    max_age = models.PositiveSmallIntegerField("年龄上限", null=True, blank=True)
    min_years = models.PositiveSmallIntegerField("从业年限下限", null=True, blank=True)
    excludes_champions = models.BooleanField("往届同赛项冠军不再参赛", default=False)

    objects = EventQuerySet.as_manager()

    BOUND = (
        *("name", "standard", "skill_grade", "team_size", "unit_limit", "min_age", "max_age"),
        *("min_years", "excludes_champions"),
    )

    class Meta:
        verbose_name = verbose_name_plural = "赛项"
        ordering = ["competition", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "name"],
                name="event_once",
                violation_error_message="该竞赛已有同名的赛项。",
            ),
            models.CheckConstraint(
                name="event_ages",
                condition=Q(min_age__isnull=True)
                | Q(max_age__isnull=True)
                | Q(max_age__gte=F("min_age")),
                violation_error_message="年龄上限不能小于下限。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(ScopedModel):
    """赛段。One round of an event, and how it is judged.

    `min_judges` is how many must have scored; with `drops_extremes` the highest and the lowest
    score of a part do not count; with `normalises` the ranking is by scores from which the
    harshness of a judge was taken out, the raw one beside it.
    """

    class Kind(models.TextChoices):
        PRELIMINARY = "preliminary", "初赛"
        SEMIFINAL = "semifinal", "复赛"
        FINAL = "final", "决赛"

    scope_by = "event__competition__organisation"
    privacy = NO_PERSONAL_DATA

    event = models.ForeignKey(Event, models.PROTECT, verbose_name="赛项", related_name="stages")
    kind = models.CharField("赛段", max_length=12, choices=Kind.choices)
    held_on = models.DateField("比赛日期")
    place = models.CharField("比赛地点", max_length=120, blank=True)
    min_judges = models.PositiveSmallIntegerField(
        "裁判人数下限", default=3, validators=[MinValueValidator(1)]
    )
    drops_extremes = models.BooleanField("去掉最高分和最低分", default=True)
    normalises = models.BooleanField("按裁判尺度校正后排名", default=False)
    appeal_hours = models.PositiveSmallIntegerField("成绩申诉时限（小时）", default=24)

    class Meta:
        verbose_name = verbose_name_plural = "赛段"
        ordering = ["event", "held_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "kind"],
                name="stage_once",
                violation_error_message="该赛项已有这一赛段。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}{self.get_kind_display()}"
