"""Innovation studios: their road, their people, and what was seen of them."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core import masking, workflow
from core.fields import NO_PERSONAL_DATA, Privacy
from core.models import Proceeding
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, ScopedQuerySet
from honours.models.awards import Award
from honours.models.catalogue import Level
from honours.rules import studios as rules
from members.models import Person

RETENTION = "命名存续期间及撤销后十年"


def refuse_future(row: models.Model, *names: str) -> None:
    """What happened has a day that is not ahead."""
    ahead = [name for name in names if (day := getattr(row, name)) and day > timezone.localdate()]
    if ahead:
        told = {name: row._meta.get_field(name).verbose_name for name in ahead}
        raise ValidationError(
            {name: f"{text}不能晚于今天，请核对。" for name, text in told.items()}
        )


class StudioRule(DatedRule):
    """工作室管理规定. What a studio of a place has to have, from a day on.

    `least_team` counts the leader; scores are of 100; `review_years` is the time until the next
    re-check, `rectify_days` the one within which what is amiss is put right.
    """

    least_team = models.PositiveSmallIntegerField("团队人数下限", default=5)
    least_projects = models.PositiveSmallIntegerField("每年立项课题下限", default=1)
    qualified_score = models.DecimalField("合格分数", max_digits=5, decimal_places=2, default=60)
    excellent_score = models.DecimalField("优秀分数", max_digits=5, decimal_places=2, default=90)
    review_years = models.PositiveSmallIntegerField("复核周期（年）", default=3)
    rectify_days = models.PositiveSmallIntegerField("整改期限（天）", default=90)

    class Meta:
        verbose_name = verbose_name_plural = "工作室管理规定"
        ordering = ["-since", "id"]
        constraints = [
            *once("studiorule", message="同一范围已有此日施行或尚未失效的工作室管理规定。"),
            models.CheckConstraint(
                name="studiorule_scores",
                condition=Q(
                    qualified_score__gt=0,
                    excellent_score__gte=F("qualified_score"),
                    excellent_score__lte=100,
                ),
                violation_error_message="合格分数应大于 0，优秀分数不低于合格分数且不超过 100。",
            ),
            models.CheckConstraint(
                name="studiorule_years",
                condition=Q(review_years__gt=0, least_team__gt=0),
                violation_error_message="复核周期和团队人数下限应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"工作室管理规定（{self.document}）"


class StudioQuerySet(ScopedQuerySet):
    def active(self, on: datetime.date) -> Self:
        """Named by the day and not revoked by then."""
        return self.filter(Q(revoked_on__isnull=True) | Q(revoked_on__gt=on), named_on__lte=on)

    def to_review(self, on: datetime.date) -> Self:
        """Named ones whose re-check is due on the day."""
        return self.filter(state=Studio.State.NAMED, review_on__lte=on)


class Studio(Proceeding):
    """创新工作室。One studio from its application to the end of its name.

    `organisation` is the union that applies. `award` is the title on which its leader leads it.
    From `named_on` it bears the name, from `revoked_on` no more; on `review_on` the next re-check
    is due.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        SUBMITTED = "submitted", "待初审"
        INSPECTION = "inspection", "待实地考察"
        PANEL = "panel", "待集中评审"
        PUBLICITY = "publicity", "公示中"
        NAMING = "naming", "待命名"
        NAMED = "named", "已命名"
        REVIEW = "review", "复核中"
        RECTIFYING = "rectifying", "限期整改"
        REVOKED = "revoked", "已撤销命名"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    class Kind(models.TextChoices):
        MODEL_WORKER = "model_worker", "劳模创新工作室"
        CRAFTSMAN = "craftsman", "工匠创新工作室"
        WORKER = "worker", "职工创新工作室"

    STANDING = (State.NAMED, State.REVIEW, State.RECTIFYING)

    privacy = Privacy(purpose="创新工作室的申报、命名和考核", retention=RETENTION)

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    name = models.CharField("工作室名称", max_length=80)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    field = models.CharField("专业领域", max_length=60)
    place = models.CharField("场所", max_length=120, blank=True)
    founded_on = models.DateField("创建日期")
    leader = models.ForeignKey(
        Person, models.PROTECT, verbose_name="领衔人", related_name="studios_led", editable=False
    )
    award = models.ForeignKey(
        Award, models.PROTECT, verbose_name="领衔人荣誉", related_name="studios", editable=False
    )
    score = models.DecimalField(
        "评审得分", max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    inspected_on = models.DateField("考察日期", null=True, blank=True, editable=False)
    named_on = models.DateField("命名日期", null=True, blank=True, editable=False)
    document_number = models.CharField("命名文号", max_length=60, blank=True, editable=False)
    review_on = models.DateField("下次复核日", null=True, blank=True, editable=False)
    rectify_until = models.DateField("整改截止日", null=True, blank=True, editable=False)
    revoked_on = models.DateField("撤销命名日期", null=True, blank=True, editable=False)
    revoking_document = models.CharField("撤销文号", max_length=60, blank=True, editable=False)

    objects = StudioQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "创新工作室"
        ordering = ["-id"]
        permissions = [
            ("check_studio", "初审和考察创新工作室"),
            ("evaluate_studio", "评审创新工作室"),
            ("approve_studio", "命名和撤销创新工作室"),
            ("assess_studio", "考核创新工作室"),
            ("export_studio", "导出创新工作室"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=~Q(state__in=["refused", "withdrawn", "revoked"]),
                name="studio_once",
                violation_error_message="该工会已有同名的创新工作室。",
            ),
            models.UniqueConstraint(
                fields=["leader", "level"],
                condition=Q(state__in=["named", "review", "rectifying"]),
                name="studio_leader_once",
                violation_error_message="该领衔人已领衔同级的创新工作室。",
            ),
            models.CheckConstraint(
                name="studio_forward",
                condition=Q(revoked_on__isnull=True) | Q(revoked_on__gte=F("named_on")),
                violation_error_message="撤销命名日期不能早于命名日期。",
            ),
            models.CheckConstraint(
                name="studio_named",
                condition=~Q(state__in=["named", "review", "rectifying", "revoked"])
                | Q(named_on__isnull=False),
                violation_error_message="已命名的工作室应有命名日期。",
            ),
        ]
        indexes = [models.Index(fields=["named_on", "organisation"], name="studio_named_on")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("honours:studio", args=[self.pk])

    def clean(self) -> None:
        refuse_future(self, "founded_on", "named_on")
        if self.founded_on and self.named_on and self.named_on < self.founded_on:
            raise ValidationError({"founded_on": "创建日期不能晚于命名日期。"})

    @property
    def is_standing(self) -> bool:
        return self.state in self.STANDING

    @property
    def is_open(self) -> bool:
        """Whether its people may be written: while it is filled in, and while it bears the name."""
        return self.state == self.State.DRAFT or self.is_standing

    def rule_on(self, day: datetime.date) -> StudioRule | None:
        """The rule in force where it stands, of the nearest organisation that has one."""
        return StudioRule.objects.applying(self.organisation, day).first()

    def concerned(self) -> Iterable[bytes]:
        """Who leads it and who is in the team."""
        if "concerned_persons" not in self.__dict__:
            prepare([self])
        return self.concerned_persons

    def bound(self) -> str:
        """What is named: where, who leads it, at which level."""
        return f"{self.organisation_id}|{self.name}|{self.level}|{self.leader_id}|{self.award_id}"


def prepare(rows: Iterable[Studio]) -> None:
    """Put on each studio the identities of those whom it concerns, in few queries for many."""
    rows = list(rows)
    people: dict[int, set[bytes]] = {row.pk: set() for row in rows}
    leaders = Person.objects.in_bulk({row.leader_id for row in rows})
    members = StudioMember.objects.filter(studio__in=people, until=None, person__isnull=False)
    for member in members.select_related("person"):
        people[member.studio_id].add(_identity(member.person))
    for row in rows:
        row.concerned_persons = {_identity(leaders[row.leader_id])} | people[row.pk]


def _identity(person: Person) -> bytes:
    return workflow.identity(person.certificate_number.clear(), person.certificate_type)


class StudioMemberQuerySet(ScopedQuerySet):
    def current(self) -> Self:
        return self.filter(until__isnull=True)


class StudioMember(ScopedModel):
    """工作室成员。Somebody in the team from `since` up to, not on, `until`; `person` where the
    register has him."""

    class Role(models.TextChoices):
        LEADER = "leader", "领衔人"
        BACKBONE = "backbone", "骨干成员"
        MEMBER = "member", "成员"
        EXPERT = "expert", "外聘专家"

    scope_by = "studio__organisation"
    privacy = Privacy(
        purpose="创新工作室团队的管理", retention=RETENTION, masked={"name": masking.name}
    )

    studio = models.ForeignKey(
        Studio, models.PROTECT, verbose_name="工作室", related_name="members"
    )
    name = models.CharField("姓名", max_length=50)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name="会员",
        null=True,
        blank=True,
        related_name="studio_places",
        editable=False,
    )
    role = models.CharField("角色", max_length=10, choices=Role.choices, default=Role.MEMBER)
    post = models.CharField("岗位（职称、技能等级）", max_length=60, blank=True)
    since = models.DateField("加入日期", default=timezone.localdate)
    until = models.DateField("退出日期", null=True, blank=True)

    objects = StudioMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工作室成员"
        ordering = ["studio", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "name", "post"],
                condition=Q(until__isnull=True),
                name="studiomember_once",
                violation_error_message="该成员已在团队中；同名的请以岗位区分。",
            ),
            models.UniqueConstraint(
                fields=["studio", "role"],
                condition=Q(until__isnull=True, role="leader"),
                name="studiomember_one_leader",
                violation_error_message="一个工作室只有一名领衔人。",
            ),
            models.CheckConstraint(
                name="studiomember_forward",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="退出日期不能早于加入日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{masking.name(self.name)}（{self.get_role_display()}）"

    def clean(self) -> None:
        refuse_future(self, "since", "until")


class StudioHave(ScopedModel):
    """七有核查。One of the seven things that a studio has, and the day on which it was seen."""

    scope_by = "studio__organisation"
    privacy = NO_PERSONAL_DATA

    studio = models.ForeignKey(Studio, models.PROTECT, verbose_name="工作室", related_name="haves")
    item = models.CharField("项目", max_length=10, choices=rules.HAVES)
    seen_on = models.DateField("核查日期")

    class Meta:
        verbose_name = verbose_name_plural = "七有核查"
        ordering = ["studio", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "item"],
                name="studiohave_once",
                violation_error_message="该工作室这一项已经核查。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()} {self.seen_on}"

    def clean(self) -> None:
        refuse_future(self, "seen_on")
