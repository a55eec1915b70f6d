"""Who takes part: entries by name."""

import json
from collections.abc import Iterable, Sequence
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from competitions.models.programmes import Event
from core import masking
from core.fields import Privacy
from core.models import Proceeding
from core.scope import ScopedModel, ScopedQuerySet
from members.models import Employer, Person


class EntryQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Which hold a place: neither refused nor taken back."""
        return self.exclude(state__in=Entry.OUT)


class Entry(Proceeding):
    """参赛报名。One person, or one team, that a union enters for one event.

    `organisation` is the union that enters it, `number` the 参赛证号 given on acceptance.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        SUBMITTED = "submitted", "待审核"
        ACCEPTED = "accepted", "已受理"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    OUT = (State.REFUSED, State.WITHDRAWN)

    privacy = Privacy(
        purpose="竞赛报名与参赛资格审核",
        retention="竞赛归档后五年",
        masked={"name": masking.name, "leader_name": masking.name},
    )

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    event = models.ForeignKey(Event, models.PROTECT, verbose_name="赛项", related_name="entries")
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="单位", null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="选手", null=True, blank=True, related_name="entries"
    )
    name = models.CharField("选手（队）名称", max_length=80)
    years_in_trade = models.PositiveSmallIntegerField("从业年限", null=True, blank=True)
    skill_grade = models.CharField(
        "技能等级", max_length=20, choices=Person.SkillGrade.choices, blank=True
    )
    leader_name = models.CharField("领队（教练）", max_length=50, blank=True)
    number = models.CharField("参赛证号", max_length=24, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "参赛报名"
        ordering = ["-id"]
        permissions = [
            ("accept_entry", "审核参赛报名"),
            ("import_entry", "导入参赛报名"),
            ("export_entry", "导出参赛报名"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                condition=Q(person__isnull=False) & ~Q(state__in=["refused", "withdrawn"]),
                name="entry_person_once",
                violation_error_message="该选手已报名本赛项，不能重复报名。",
            ),
            models.UniqueConstraint(
                fields=["event", "number"],
                condition=~Q(number=""),
                name="entry_number_once",
                violation_error_message="该参赛证号已被使用。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="entry_organisation")]

    def __str__(self) -> str:
        return f"{self.shown_name}（{self.event}）"

    @property
    def shown_name(self) -> str:
        """The name of a team, or that of a person as lists show it."""
        return masking.name(self.name) if self.is_single else self.name

    def get_absolute_url(self) -> str:
        return reverse("competitions:entry", args=[self.pk])

    @property
    def is_single(self) -> bool:
        return self.event.team_size == 1

    def concerned(self) -> list[bytes]:
        return [bytes(each.person.certificate_index) for each in self.line_up()]

    def bound(self) -> str:
        """Who enters, as it was looked at."""
        facts = [self.event_id, self.employer_id, self.name, self.years_in_trade, self.skill_grade]
        return json.dumps([facts, [each.person_id for each in self.line_up()]], ensure_ascii=False)

    def line_up(self) -> "Sequence[Contestant]":
        """Its contestants, read once."""
        if "_line_up" not in self.__dict__:
            rows = self.contestants.select_related("person").order_by("pk") if self.pk else ()
            self._line_up = list(rows)
        return self._line_up

    def clean(self) -> None:
        if self.event_id and self.is_single and self.person_id is None:
            raise ValidationError({"person": "个人赛项请选择选手本人。"})
        if self.event_id and not self.is_single and self.person_id is not None:
            raise ValidationError({"person": "团体赛项请填写队名和队员，不填选手。"})


def line_up(entries: Iterable[Entry]) -> None:
    """Read the contestants of many entries at once."""
    rows = {entry.pk: entry for entry in entries}
    for entry in rows.values():
        entry._line_up = []
    found = Contestant.objects.filter(entry__in=rows).select_related("person").order_by("pk")
    for each in found:
        rows[each.entry_id]._line_up.append(each)


class Contestant(ScopedModel):
    """参赛人员。One person of an entry: the single one, or one of a team.

    `event` is that of the entry, and `is_out` says that the entry was refused or taken back: so the
    database holds that nobody stands in two entries of one event.
    """

    scope_by = "entry__organisation"
    privacy = Privacy(purpose="竞赛报名与参赛资格审核", retention="竞赛归档后五年")

    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name="报名", related_name="contestants"
    )
    event = models.ForeignKey(Event, models.PROTECT, verbose_name="赛项", related_name="+")
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="参赛人员", related_name="contests"
    )
    is_out = models.BooleanField("已退出", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "参赛人员"
        ordering = ["entry", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                condition=Q(is_out=False),
                name="contestant_once",
                violation_error_message="该选手已报名本赛项，不能重复报名。",
            ),
            models.UniqueConstraint(
                fields=["entry", "person"],
                name="contestant_in_entry_once",
                violation_error_message="同一队员只能填写一次。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def masked_label(self) -> str:
        return self.person.masked_label
