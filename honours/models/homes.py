"""Homes of employees: what members say of them, and what becomes of a title that was given."""

import datetime
from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.fields import NO_PERSONAL_DATA
from core.models import Proceeding, User
from core.models.dated import DatedRule, once
from core.scope import ScopedQuerySet
from funds.models.rebates import lead_by
from funds.models.splits import percentage
from honours.models.awards import Award
from honours.models.studios import refuse_future
from honours.rules import homes as rules


class HomeRule(DatedRule):
    """建家标准. What the members of a home have to say for its title, from a day on.

    `entry_percent` of the employees are members, `satisfied_percent` of those who voted are
    satisfied; of a group (so many second-level unions or more) `lower_percent` of them hold a lower
    title.
    """

    entry_percent = percentage("入会率下限", default=Decimal(90))
    satisfied_percent = percentage("会员满意率下限", default=Decimal(90))
    lower_percent = percentage("二级单位持有下级称号比例下限", default=Decimal(60))
    group_least = models.PositiveSmallIntegerField("集团：二级单位工会不少于（个）", default=5)
    renew_days = models.PositiveSmallIntegerField("有效期满前多少天列入复核", default=180)
    rectify_days = models.PositiveSmallIntegerField("整改期限（天）", default=90)

    class Meta:
        verbose_name = verbose_name_plural = "建家标准"
        ordering = ["-since", "id"]
        constraints = [
            *once("homerule", message="同一范围已有此日施行或尚未失效的建家标准。"),
            models.CheckConstraint(
                name="homerule_percents",
                condition=Q(
                    entry_percent__gt=0,
                    entry_percent__lte=100,
                    satisfied_percent__gt=0,
                    satisfied_percent__lte=100,
                    lower_percent__gte=0,
                    lower_percent__lte=100,
                ),
                violation_error_message="比例应在 0 至 100 之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"建家标准（{self.document}）"


class HomeRating(Proceeding):
    """会员评家。What the members of one union said of their home in one year; head-counts.

    The chair reports it, another person accepts it.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待确认"
        RETURNED = "returned", "退回补正"
        ACCEPTED = "accepted", "已确认"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    year = models.PositiveSmallIntegerField("年度")
    held_on = models.DateField("评家日期")
    employees = models.PositiveIntegerField("职工人数（人）")
    members = models.PositiveIntegerField("会员人数（人）")
    voted = models.PositiveIntegerField("参评会员（人）")
    satisfied = models.PositiveIntegerField("满意票（票）")
    note = models.CharField("说明", max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会员评家"
        ordering = ["-year", "-id"]
        permissions = [("accept_homerating", "确认会员评家")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="homerating_once",
                violation_error_message="该工会本年度的会员评家已经登记。",
            ),
            models.CheckConstraint(
                name="homerating_parts",
                condition=Q(
                    employees__gt=0,
                    members__lte=F("employees"),
                    voted__gt=0,
                    voted__lte=F("members"),
                    satisfied__lte=F("voted"),
                ),
                violation_error_message=(
                    "会员人数不能多于职工人数，参评会员不能多于会员人数，满意票不能多于参评会员。"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}年会员评家"

    def get_absolute_url(self) -> str:
        return reverse("honours:rating", args=[self.pk])

    def clean(self) -> None:
        refuse_future(self, "held_on")
        if self.held_on and self.year and self.held_on.year not in (self.year, self.year + 1):
            raise ValidationError({"held_on": "评家日期应在本年度或次年，请核对。"})

    @property
    def entry_rate(self) -> Decimal | None:
        return rules.rate(self.members, self.employees)

    @property
    def satisfaction(self) -> Decimal | None:
        return rules.rate(self.satisfied, self.voted)

    def rule_on(self, day: datetime.date) -> HomeRule | None:
        """The standard in force where the union stands, of the nearest that has one."""
        return HomeRule.objects.applying(self.organisation, day).first()

    def shortfalls(self, rule: HomeRule) -> list[str]:
        """In which the standard is not reached, as sentences."""
        found = []
        if not rules.reaches(self.members, self.employees, rule.entry_percent):
            found.append(f"入会率 {self.entry_rate}%，低于 {rule.entry_percent.normalize():f}%")
        if not rules.reaches(self.satisfied, self.voted, rule.satisfied_percent):
            found.append(
                f"会员满意率 {self.satisfaction}%，低于 {rule.satisfied_percent.normalize():f}%"
            )
        return found

    def concerned(self) -> Iterable[bytes]:
        """Whoever leads the union; read by `lead_by` for many at once."""
        if "leaders" not in self.__dict__:
            lead_by([self])
        return self.leaders

    def bound(self) -> str:
        counts = (self.employees, self.members, self.voted, self.satisfied)
        return "|".join(map(str, (self.organisation_id, self.year, *counts)))


class Inspection(Proceeding):
    """荣誉复查. A look at a collective title that stands: by supervision, or before its term ends.

    Somebody looks and proposes, another person decides: the title is kept (before its end for
    another term), put right until a day, or taken away. `organisation` is the award's.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待审定"
        KEPT = "kept", "保持称号"
        RECTIFYING = "rectifying", "限期整改"
        DELISTED = "delisted", "已摘牌"
        WITHDRAWN = "withdrawn", "已撤回"

    class Kind(models.TextChoices):
        SUPERVISION = "supervision", "动态监督"
        RENEWAL = "renewal", "期满复核"

    class Proposal(models.TextChoices):
        KEEP = "keep", "保持称号"
        RECTIFY = "rectify", "限期整改"
        DELIST = "delist", "摘牌"

    OPEN = (State.PROPOSED, State.RECTIFYING)

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    award = models.ForeignKey(
        Award, models.PROTECT, verbose_name="荣誉", related_name="inspections"
    )
    kind = models.CharField("复查种类", max_length=12, choices=Kind.choices)
    held_on = models.DateField("复查日期")
    finding = models.CharField("复查情况", max_length=500)
    proposal = models.CharField("拟办意见", max_length=8, choices=Proposal.choices)
    rectify_until = models.DateField("整改截止日", null=True, blank=True, editable=False)
    valid_from = models.DateField("原有效期止", null=True, blank=True, editable=False)
    valid_until = models.DateField("延续后有效期止", null=True, blank=True, editable=False)
    ended_on = models.DateField("摘牌日期", null=True, blank=True, editable=False)
    document_number = models.CharField("文号", max_length=60, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="复查人", related_name="+", editable=False
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉复查"
        ordering = ["-id"]
        permissions = [("decide_inspection", "审定荣誉复查")]
        constraints = [
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["proposed", "rectifying"]),
                name="inspection_open_once",
                violation_error_message="该荣誉已有未办结的复查。",
            ),
            models.CheckConstraint(
                name="inspection_delisted",
                condition=Q(state="delisted", ended_on__isnull=False)
                | (~Q(state="delisted") & Q(ended_on__isnull=True)),
                violation_error_message="已摘牌的应有摘牌日期。",
            ),
        ]
        indexes = [models.Index(fields=["ended_on", "organisation"], name="inspection_ended")]

    def __str__(self) -> str:
        return f"{self.award} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("admin:honours_inspection_change", args=[self.pk])

    def clean(self) -> None:
        refuse_future(self, "held_on")
        if self.award_id and self.held_on and self.held_on < self.award.granted_on:
            raise ValidationError({"held_on": "复查日期不能早于授予日期。"})

    def concerned(self) -> Iterable[bytes]:
        """Whoever leads the union that holds the title, or through which it was given."""
        if "leaders" not in self.__dict__:
            lead_by([self])
        return self.leaders

    def bound(self) -> str:
        return f"{self.award_id}|{self.kind}|{self.proposal}|{self.finding}"


def due_for_renewal(on: datetime.date, days: int) -> Q:
    """Titles with a term that ends within so many days after the day, and has not ended."""
    return Q(
        valid_until__gt=on,
        valid_until__lte=on + datetime.timedelta(days=days),
        revoked_on__isnull=True,
    )
