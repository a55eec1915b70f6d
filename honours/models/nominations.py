"""Candidates: who is proposed by whom, with what, and what others say of them."""

import datetime
import hashlib
import json
from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core import masking
from core.fields import Privacy
from core.models import Proceeding, StoredFile
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.rebates import lead_by
from honours.models.candidates import (
    CATEGORIES,
    WOMEN,
    Category,
    Circumstance,
    Department,
    Flag,
    Group,
)
from honours.models.selections import Selection
from honours.rules import opinions
from members.models import Employer, Person

RETENTION = "评选结束后十年，获表彰的永久（荣誉档案）"


class NominationQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Those that were not refused, withdrawn or passed over."""
        return self.exclude(state__in=Nomination.FALLEN)

    def on_list(self) -> Self:
        """Those who shall be given the title, from the first review on."""
        return self.filter(state__in=Nomination.ON_LIST)

    def waiting_behind(self) -> Self:
        """The reserves, in the order in which they move up."""
        return self.filter(state=Nomination.State.RESERVE).order_by("reserve_order", "pk")


class Nomination(Proceeding):
    """推荐人选. One candidate of one union in one selection, from the draft to the award.

    A person of the register, an employer, or a collective that has only a name. It is filled in
    step by step; what it lacks is asked for when it is handed in (`honours.completeness`).
    `reserve_order` is set while the candidate waits behind the list (候补).
    """

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        UNIT_PUBLICITY = "unit_publicity", "单位公示中"
        COUNTY = "county", "待县级审核"
        OPINIONS = "opinions", "征求意见中"
        FIRST_REVIEW = "first_review", "待初审"
        RESERVE = "reserve", "候补"
        LISTED = "listed", "拟表彰待公示"
        PUBLICITY = "publicity", "拟表彰公示中"
        FINAL_REVIEW = "final_review", "待复审"
        DECISION = "decision", "待审定"
        AWARDED = "awarded", "已表彰"
        REFUSED = "refused", "未通过"
        UNSELECTED = "unselected", "落选"
        WITHDRAWN = "withdrawn", "已撤回"

    FALLEN = frozenset({State.REFUSED, State.UNSELECTED, State.WITHDRAWN})
    ON_LIST = frozenset({
        State.LISTED, State.PUBLICITY, State.FINAL_REVIEW, State.DECISION, State.AWARDED,
    })  # fmt: skip
    SHOWN = frozenset({State.UNIT_PUBLICITY, State.PUBLICITY})
    # Sent on by the county and not fallen: what counts against its places.
    SENT_ON = frozenset({State.OPINIONS, State.FIRST_REVIEW, State.RESERVE, *ON_LIST})

    privacy = Privacy(
        purpose="荣誉评选的推荐、审核和公示",
        retention=RETENTION,
        masked={
            "name": masking.name,
            "resume": masking.text,
            "circumstances": masking.text,
            "exception_reason": masking.text,
        },
    )

    state = models.CharField(
        "状态", max_length=24, choices=State.choices, default=State.DRAFT, editable=False
    )
    selection = models.ForeignKey(
        Selection, models.PROTECT, verbose_name="评选", related_name="nominations", editable=False
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name="会员",
        null=True,
        blank=True,
        related_name="nominations",
        editable=False,
    )
    employer = models.ForeignKey(
        Employer,
        models.PROTECT,
        verbose_name="用人单位",
        null=True,
        blank=True,
        related_name="nominations",
        editable=False,
    )
    name = models.CharField("人选", max_length=120, editable=False)
    unit_name = models.CharField("所在单位", max_length=120, blank=True)
    position = models.CharField("岗位、职务", max_length=60, blank=True)
    category = models.CharField("类别", max_length=12, choices=CATEGORIES, blank=True)
    flags = models.JSONField("其他情况", default=list, blank=True)
    resume = models.TextField("工作简历", max_length=1000, blank=True)
    rewards = models.TextField("何时何地受过何种奖励", max_length=500, blank=True)
    summary = models.TextField("简要事迹", max_length=500, blank=True)
    deeds = models.TextField("主要事迹", max_length=1500, blank=True)
    reason = models.CharField("推荐来源", max_length=200, blank=True, editable=False)
    circumstances = models.JSONField("存在的情形", default=list, blank=True)
    is_checked = models.BooleanField("已逐项核对情形", default=False)
    exception_reason = models.CharField("申请例外的理由", max_length=300, blank=True)
    reserve_order = models.PositiveSmallIntegerField(
        "候补次序", null=True, blank=True, editable=False
    )
    award = models.OneToOneField(
        "honours.Award",
        models.PROTECT,
        verbose_name="荣誉",
        null=True,
        blank=True,
        related_name="nomination",
        editable=False,
    )

    objects = NominationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推荐人选"
        ordering = ["-id"]
        permissions = [
            ("examine_nomination", "县级审核推荐人选"),
            ("handle_nomination", "办理征求意见"),
            ("review_nomination", "初审和复审推荐人选"),
            ("drop_nomination", "取消推荐资格"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["selection", "person"],
                condition=Q(person__isnull=False)
                & ~Q(state__in=["refused", "unselected", "withdrawn"]),
                name="nomination_person_once",
                violation_error_message="该会员在本次评选中已有推荐，一人只能推荐一次。",
            ),
            models.UniqueConstraint(
                fields=["selection", "employer"],
                condition=Q(employer__isnull=False)
                & ~Q(state__in=["refused", "unselected", "withdrawn"]),
                name="nomination_employer_once",
                violation_error_message="该单位在本次评选中已有推荐，一个单位只能推荐一次。",
            ),
            models.UniqueConstraint(
                fields=["selection", "organisation", "name"],
                condition=Q(person__isnull=True, employer__isnull=True)
                & ~Q(state__in=["refused", "unselected", "withdrawn"]),
                name="nomination_name_once",
                violation_error_message="本会在本次评选中已推荐同名的集体。",
            ),
            models.UniqueConstraint(
                fields=["selection", "reserve_order"],
                condition=Q(reserve_order__isnull=False),
                name="nomination_reserve_once",
                violation_error_message="该候补次序已被占用。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "id"], name="nomination_state"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.selection.title}）"

    @property
    def masked_label(self) -> str:
        name = masking.name(self.name) if self.person_id else self.name
        return f"{name}（{self.selection.title}）"

    def get_absolute_url(self) -> str:
        return reverse("honours:nomination", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_personal(self) -> bool:
        return self.selection.title.is_personal

    @property
    def tags(self) -> set[str]:
        """What constraints, opinions and exclusions ask for."""
        found = {self.category, *self.flags} - {""}
        if self.category == Category.MIGRANT:
            found.add(Flag.MIGRANT_WORKER)
        if self.person_id and self.person.sex == Person.Sex.FEMALE:
            found.add(WOMEN)
        return found

    def clean(self) -> None:
        wrong: dict[str, str] = {}
        if not isinstance(self.flags, list) or set(self.flags) - set(Flag.values):
            wrong["flags"] = "其他情况中有不认识的选项，请重新选择。"
        known = set(Circumstance.values)
        if not isinstance(self.circumstances, list) or set(self.circumstances) - known:
            wrong["circumstances"] = "情形中有不认识的选项，请重新选择。"
        if self.category:
            fitting = Category.values if self.is_personal else Group.values
            if self.category not in fitting:
                kind = "个人" if self.is_personal else "集体"
                wrong["category"] = f"本次评选授予{kind}，请选择{kind}的类别。"
        if wrong:
            raise ValidationError(wrong)

    # What a decision is about.

    def concerned(self) -> Iterable[bytes]:
        """The candidate; once it was handed in also those who lead the union that proposes."""
        if "leaders" not in self.__dict__:
            known_by([self])
        own = [bytes(self.person.certificate_index)] if self.person_id else []
        return [*own, *self.leaders]

    def bound(self) -> str:
        """Who, as what, on the strength of what."""
        told = [
            *[self.selection_id, self.organisation_id, self.person_id, self.employer_id, self.name],
            *[self.unit_name, self.category, sorted(self.flags), sorted(self.circumstances)],
            *[self.exception_reason, self.resume, self.rewards, self.summary, self.deeds],
        ]
        text = json.dumps(told, ensure_ascii=False)
        return f"{self.pk}|{self.name}|{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def meeting(self) -> "Recommendation | None":
        return getattr(self, "recommendation", None)


def known_by(rows: Iterable[Nomination]) -> None:
    """Put on each row the identities of those who lead the union: nobody while it is drafted, for
    it is they who draft it."""
    rows = list(rows)
    drafted = [row for row in rows if row.state == Nomination.State.DRAFT]
    for row in drafted:
        row.leaders = []
    lead_by([row for row in rows if row.state != Nomination.State.DRAFT])


class Recommendation(ScopedModel):
    """民主推荐. How the workers of the union voted on the candidate. Heads are persons (人)."""

    class Kind(models.TextChoices):
        CONGRESS = "congress", "职工代表大会"
        ASSEMBLY = "assembly", "职工大会"
        COMMITTEE = "committee", "职工代表团（组）长和专门小组负责人联席会议"
        VILLAGERS = "villagers", "村民会议、村民代表会议"

    scope_by = "nomination__organisation"
    privacy = Privacy(purpose="推荐过程的民主程序证明", retention=RETENTION)

    nomination = models.OneToOneField(
        Nomination, models.PROTECT, verbose_name="推荐人选", related_name="recommendation"
    )
    kind = models.CharField("会议", max_length=10, choices=Kind.choices)
    held_on = models.DateField("召开日期")
    entitled = models.PositiveIntegerField("应到（人）", validators=[MinValueValidator(1)])
    present = models.PositiveIntegerField("实到（人）")
    votes = models.PositiveIntegerField("赞成（票）")

    class Meta:
        verbose_name = verbose_name_plural = "民主推荐"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="recommendation_counts",
                condition=Q(votes__lte=F("present"), present__lte=F("entitled")),
                violation_error_message="赞成票不能多于实到人数，实到人数不能多于应到人数。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.held_on}"

    @property
    def told(self) -> str:
        return (
            f"{self.held_on} {self.get_kind_display()}，应到 {self.entitled} 人，"
            f"实到 {self.present} 人，赞成 {self.votes} 票"
        )

    def clean(self) -> None:
        if self.held_on and self.held_on > timezone.localdate():
            raise ValidationError({"held_on": "召开日期不能晚于今天，请核对。"})


class NominationPaper(ScopedModel):
    """推荐材料. One kept file of a nomination. It leaves through the view that asks scope."""

    class Kind(models.TextChoices):
        MINUTES = "minutes", "民主推荐会议纪要"
        IDENTITY = "identity", "身份证明"
        NOTICE = "notice", "单位公示张贴照片"
        RESULT = "result", "公示无异议证明"
        REWARD = "reward", "获奖证书"
        HOUSEHOLD = "household", "农民工户口簿"
        PHOTO = "photo", "证件照"
        OPINION = "opinion", "部门意见"
        OTHER = "other", "其他"

    PERMISSION = "honours.view_nominationpaper"

    scope_by = "nomination__organisation"
    privacy = Privacy(purpose="推荐人选的佐证", retention=RETENTION)

    nomination = models.ForeignKey(
        Nomination, models.PROTECT, verbose_name="推荐人选", related_name="papers"
    )
    kind = models.CharField("材料种类", max_length=10, choices=Kind.choices)
    file = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="文件")
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "推荐材料"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Opinion(ScopedModel):
    """部门意见. What one department said of a candidate; the last word of each counts.

    From `valid_until` on it holds no longer.
    """

    class Verdict(models.TextChoices):
        AGREE = opinions.AGREE, "同意"
        DISAGREE = opinions.DISAGREE, "不同意"
        CONDITIONAL = opinions.CONDITIONAL, "有条件同意"

    scope_by = "nomination__organisation"
    privacy = Privacy(purpose="推荐人选的联审", retention=RETENTION, masked={"note": masking.text})

    nomination = models.ForeignKey(
        Nomination, models.PROTECT, verbose_name="推荐人选", related_name="opinions"
    )
    department = models.CharField("部门", max_length=12, choices=Department.choices)
    verdict = models.CharField("意见", max_length=12, choices=Verdict.choices)
    given_on = models.DateField("出具日期")
    valid_until = models.DateField("有效期止", editable=False)
    note = models.CharField("说明", max_length=200, blank=True)
    scan = models.ForeignKey(
        NominationPaper, models.PROTECT, verbose_name="盖章扫描件", null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "部门意见"
        ordering = ["given_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="opinion_forward",
                condition=Q(valid_until__gt=F("given_on")),
                violation_error_message="有效期止应晚于出具日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_department_display()}{self.get_verdict_display()}"

    def given(self) -> opinions.Given:
        return opinions.Given(self.department, self.verdict, self.given_on, self.valid_until)

    def clean(self) -> None:
        if self.given_on and self.given_on > timezone.localdate():
            raise ValidationError({"given_on": "出具日期不能晚于今天，请核对。"})
        if self.verdict != self.Verdict.AGREE and not self.note.strip():
            raise ValidationError({"note": "不同意或有条件同意的，请写明理由或条件。"})


def last_valid_day(opinion: Opinion) -> datetime.date:
    """有效期至: the day before it holds no longer."""
    return opinion.valid_until - datetime.timedelta(days=1)
