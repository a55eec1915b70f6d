"""Masters and apprentices who signed an agreement."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core import masking
from core.fields import Privacy
from core.models import Organisation, User
from core.scope import ScopedModel, ScopedQuerySet
from honours.models.studios import Studio, refuse_future
from members.models import Person


class ApprenticeshipQuerySet(ScopedQuerySet):
    def accepted(self) -> Self:
        """Confirmed by the federation: what figures count."""
        return self.filter(accepted_on__isnull=False)

    def running(self, on: datetime.date) -> Self:
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), agreed_on__lte=on)


class Apprenticeship(ScopedModel):
    """师徒结对。One master and one apprentice in one trade, from `agreed_on` up to `ended_on`.

    `until` is the last day that the agreement names. Reported by the union, accepted by the
    federation; the outcome is written when it ends.
    """

    class Outcome(models.TextChoices):
        GRADE_UP = "grade_up", "技能等级晋升"
        CERTIFIED = "certified", "取得职业资格"
        AWARDED = "awarded", "竞赛获奖"
        FINISHED = "finished", "期满出师"
        UNFINISHED = "unfinished", "期满未达目标"
        BROKEN_OFF = "broken_off", "提前解除"

    # Those after which the apprentice has learned his trade.
    LEARNED = (Outcome.GRADE_UP, Outcome.CERTIFIED, Outcome.AWARDED, Outcome.FINISHED)

    privacy = Privacy(
        purpose="师带徒结对的登记和统计",
        retention="结对结束后十年",
        masked={"master_name": masking.name, "apprentice_name": masking.name},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    master_name = models.CharField("师傅", max_length=50)
    master = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name="师傅（会员）",
        null=True,
        blank=True,
        related_name="apprenticeships_led",
        editable=False,
    )
    apprentice_name = models.CharField("徒弟", max_length=50)
    apprentice = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name="徒弟（会员）",
        null=True,
        blank=True,
        related_name="apprenticeships",
        editable=False,
    )
    studio = models.ForeignKey(
        Studio,
        models.PROTECT,
        verbose_name="所在工作室",
        null=True,
        blank=True,
        related_name="apprenticeships",
    )
    trade = models.CharField("工种", max_length=60)
    goal = models.CharField("带徒目标", max_length=200)
    grade_before = models.CharField(
        "结对时技能等级", max_length=20, choices=Person.SkillGrade.choices, blank=True
    )
    agreed_on = models.DateField("协议起始日")
    until = models.DateField("协议截止日")
    ended_on = models.DateField("结束日期", null=True, blank=True, editable=False)
    outcome = models.CharField(
        "带徒结果", max_length=12, choices=Outcome.choices, blank=True, editable=False
    )
    grade_after = models.CharField(
        "结束时技能等级",
        max_length=20,
        choices=Person.SkillGrade.choices,
        blank=True,
        editable=False,
    )
    note = models.CharField("说明", max_length=200, blank=True)
    reported_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="填报人", related_name="+", editable=False
    )
    accepted_on = models.DateField("确认日期", null=True, blank=True, editable=False)

    objects = ApprenticeshipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "师徒结对"
        ordering = ["-id"]
        permissions = [
            ("accept_apprenticeship", "确认师徒结对"),
            ("export_apprenticeship", "导出师徒结对"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "master_name", "apprentice_name", "trade", "agreed_on"],
                name="apprenticeship_once",
                violation_error_message="这一师徒结对已经登记。",
            ),
            models.UniqueConstraint(
                fields=["apprentice", "trade"],
                condition=Q(ended_on__isnull=True, apprentice__isnull=False),
                name="apprenticeship_running_once",
                violation_error_message="该徒弟在这一工种已有未结束的结对。",
            ),
            models.CheckConstraint(
                name="apprenticeship_forward",
                condition=Q(until__gt=F("agreed_on"))
                & (Q(ended_on__isnull=True) | Q(ended_on__gte=F("agreed_on"))),
                violation_error_message="协议截止日、结束日期不能早于协议起始日。",
            ),
            models.CheckConstraint(
                name="apprenticeship_outcome",
                condition=Q(ended_on__isnull=True, outcome="")
                | (Q(ended_on__isnull=False) & ~Q(outcome="")),
                violation_error_message="结束日期和带徒结果应一并填写。",
            ),
        ]
        indexes = [models.Index(fields=["agreed_on", "organisation"], name="apprenticeship_agreed")]

    def __str__(self) -> str:
        master, apprentice = masking.name(self.master_name), masking.name(self.apprentice_name)
        return f"{master}带{apprentice}（{self.trade}）"

    def get_absolute_url(self) -> str:
        return reverse("honours:apprenticeship", args=[self.pk])

    @property
    def standing(self) -> str:
        if self.ended_on:
            return self.get_outcome_display()
        return "结对中" if self.accepted_on else "待确认"

    def clean(self) -> None:
        refuse_future(self, "agreed_on", "ended_on")
        same = self.master_id and self.master_id == self.apprentice_id
        if same:
            raise ValidationError({"apprentice_name": "师傅和徒弟不能是同一人，请核对。"})
        grades = list(Person.SkillGrade)
        if self.outcome == self.Outcome.GRADE_UP:
            if not self.grade_after:
                raise ValidationError({"grade_after": "技能等级晋升的应填写结束时技能等级。"})
            before = grades.index(self.grade_before) if self.grade_before else -1
            if grades.index(self.grade_after) <= before:
                raise ValidationError({"grade_after": "结束时技能等级应高于结对时技能等级。"})
