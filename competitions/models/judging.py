"""How a stage is judged: parts, judges and from whom they keep away, blind codes, score sheets."""

import datetime
import hashlib
import json
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from competitions.models.entries import Entry
from competitions.models.programmes import Stage
from core import masking
from core.fields import NO_PERSONAL_DATA, Privacy
from core.models import User
from core.scope import ScopedModel, ScopedQuerySet
from members.models import Employer

PLACE = "event__competition__organisation"


class ScorePart(ScopedModel):
    """评分项。One part in which a stage is scored: its weight in per cent and the most points.

    The weights of a stage sum up to 100. `is_practice` parts decide first between equal totals.
    """

    scope_by = f"stage__{PLACE}"
    privacy = NO_PERSONAL_DATA

    stage = models.ForeignKey(Stage, models.PROTECT, verbose_name="赛段", related_name="parts")
    name = models.CharField("评分项", max_length=40)
    weight = models.DecimalField("权重（%）", max_digits=5, decimal_places=2)
    maximum = models.DecimalField("满分", max_digits=6, decimal_places=2, default=100)
    is_practice = models.BooleanField("实操项", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "评分项"
        ordering = ["stage", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "name"],
                name="scorepart_once",
                violation_error_message="该赛段已有同名的评分项。",
            ),
            models.CheckConstraint(
                name="scorepart_weight",
                condition=Q(weight__gt=0, weight__lte=100, maximum__gt=0),
                violation_error_message="权重应在 0 至 100 之间，满分应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Panel(ScopedModel):
    """评审。The judging of one stage, from the draw of its codes to the announced ranking.

    With `seed` anybody can draw the blind codes again. `qualifiers` is how many of the stage before
    take part; empty for everybody. Appeals may be filed for the stage's hours from `announced_at`.
    """

    scope_by = f"stage__{PLACE}"
    privacy = NO_PERSONAL_DATA

    stage = models.OneToOneField(Stage, models.PROTECT, verbose_name="赛段", related_name="panel")
    qualifiers = models.PositiveSmallIntegerField("晋级人数", null=True, blank=True)
    seed = models.CharField("抽签种子", max_length=32, editable=False)
    drawn_on = models.DateField("抽签日期", default=timezone.localdate, editable=False)
    announced_at = models.DateTimeField("成绩公布时间", null=True, editable=False)
    announced_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="公布人", null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "评审"
        ordering = ["-id"]
        permissions = [
            ("announce_panel", "公布比赛成绩"),
            ("export_panel", "导出离线评分表"),
        ]

    def __str__(self) -> str:
        return str(self.stage)

    @property
    def takes_appeals_until(self) -> datetime.datetime | None:
        hours = datetime.timedelta(hours=self.stage.appeal_hours)
        return self.announced_at and self.announced_at + hours


class Judge(ScopedModel):
    """裁判席位。One seat of a stage: an account, or a name whose sheet is handed in on paper.

    `unit_name` is where the judge works; with `employer` or the same name he keeps away from the
    contestants of that unit.
    """

    scope_by = f"stage__{PLACE}"
    privacy = Privacy(
        purpose="竞赛裁判的聘任与回避",
        retention="竞赛归档后五年",
        masked={"name": masking.name},
    )

    stage = models.ForeignKey(Stage, models.PROTECT, verbose_name="赛段", related_name="judges")
    number = models.PositiveSmallIntegerField("席位号", editable=False)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name="账号", null=True, blank=True, related_name="+"
    )
    name = models.CharField("姓名", max_length=50)
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="单位（已登记）", null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    unit_name = models.CharField("单位", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "裁判席位"
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "number"],
                name="judge_number_once",
                violation_error_message="该席位号已被使用，请刷新后重试。",
            ),
            models.UniqueConstraint(
                fields=["stage", "user"],
                name="judge_once",
                violation_error_message="该裁判已在本赛段的裁判名单中。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} 号裁判"

    @property
    def masked_label(self) -> str:
        return f"{self.number} 号裁判 {masking.name(self.name)}"


class OwnSeatQuerySet(ScopedQuerySet):
    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """The seats of the user himself, whatever else lies in his scope."""
        return super().visible_to(user, permission).filter(user=user)


class OwnSeat(Judge):
    """本人评分任务。A seat as its judge sees it: he has no right to `Judge`, `Entry` or a name."""

    privacy = NO_PERSONAL_DATA
    objects = OwnSeatQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "评分任务"
        permissions = [("score_ownseat", "评分")]


class BlindCode(ScopedModel):
    """盲评编号。A contestant of a stage under a number that says nothing of who it is.

    `seconds` is the time that he took, for ties; who did not appear is not ranked.
    """

    scope_by = f"stage__{PLACE}"
    privacy = NO_PERSONAL_DATA

    stage = models.ForeignKey(Stage, models.PROTECT, verbose_name="赛段", related_name="codes")
    entry = models.ForeignKey(Entry, models.PROTECT, verbose_name="选手", related_name="codes")
    code = models.CharField("盲评编号", max_length=6)
    seconds = models.PositiveIntegerField("用时（秒）", null=True, blank=True)
    is_absent = models.BooleanField("缺考", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "盲评编号"
        ordering = ["stage", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "entry"],
                name="blindcode_entry_once",
                violation_error_message="该选手已有盲评编号。",
            ),
            models.UniqueConstraint(
                fields=["stage", "code"],
                name="blindcode_once",
                violation_error_message="该盲评编号已被使用。",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Recusal(ScopedModel):
    """回避。A judge keeps away from a contestant: his seat for that one is empty, never zero."""

    class Ground(models.TextChoices):
        SELF = "self", "本人参赛"
        UNIT = "unit", "同一单位"
        KIN = "kin", "申报的亲属"
        DECLARED = "declared", "自行申报"

    scope_by = f"judge__stage__{PLACE}"
    privacy = Privacy(
        purpose="竞赛裁判回避", retention="竞赛归档后五年", masked={"reason": masking.text}
    )

    judge = models.ForeignKey(Judge, models.PROTECT, verbose_name="裁判", related_name="recusals")
    code = models.ForeignKey(
        BlindCode, models.PROTECT, verbose_name="盲评编号", related_name="recusals"
    )
    ground = models.CharField("事由", max_length=10, choices=Ground.choices)
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "裁判回避"
        ordering = ["judge", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "code"],
                name="recusal_once",
                violation_error_message="该裁判已对此编号回避。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.judge}回避 {self.code}"


class ScoreSheetQuerySet(ScopedQuerySet):
    def in_force(self) -> Self:
        """Those that count: sealed and not replaced by a correction."""
        return self.filter(state=ScoreSheet.State.SEALED)


class ScoreSheet(ScopedModel):
    """评分表。What one judge gave in one stage; sealed it never changes.

    A correction is a sheet of its own with the next `number` and its reason; approved by another
    person it takes the place of the one before. `digest` is the SHA-256 of `content`, and stands
    in the audit trail.
    """

    class State(models.TextChoices):
        OPEN = "open", "评分中"
        SEALED = "sealed", "已封存"
        PROPOSED = "proposed", "更正待批"
        REFUSED = "refused", "更正未批准"
        REPLACED = "replaced", "已被更正"

    FROZEN = (State.SEALED, State.PROPOSED, State.REFUSED, State.REPLACED)

    scope_by = f"judge__stage__{PLACE}"
    privacy = Privacy(
        purpose="竞赛评分与复核", retention="竞赛归档后五年", masked={"reason": masking.text}
    )

    judge = models.ForeignKey(Judge, models.PROTECT, verbose_name="裁判", related_name="sheets")
    number = models.PositiveSmallIntegerField("版次", default=1, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.OPEN, editable=False
    )
    digest = models.CharField("摘要", max_length=64, blank=True, editable=False)
    reason = models.CharField("更正事由", max_length=200, blank=True, editable=False)
    sealed_at = models.DateTimeField("封存时间", null=True, editable=False)
    sealed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提交人", null=True, editable=False, related_name="+"
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="更正批准人", null=True, editable=False,
        related_name="+",
    )  # fmt: skip

    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评分表"
        ordering = ["judge", "number"]
        permissions = [
            ("correct_scoresheet", "提出评分更正"),
            ("approve_scoresheet", "批准评分更正"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "number"],
                name="scoresheet_once",
                violation_error_message="该裁判已有同一版次的评分表，请刷新后重试。",
            ),
            models.UniqueConstraint(
                fields=["judge"],
                condition=Q(state="sealed"),
                name="scoresheet_one_in_force",
                violation_error_message="该裁判已有封存的评分表，更正请走更正程序。",
            ),
            models.UniqueConstraint(
                fields=["judge"],
                condition=Q(state="proposed"),
                name="scoresheet_one_proposed",
                violation_error_message="该裁判的评分表已有一份更正待批。",
            ),
            models.CheckConstraint(
                name="scoresheet_sealed_with_digest",
                condition=Q(state="open", digest="") | (~Q(state="open") & ~Q(digest="")),
                violation_error_message="封存的评分表应有摘要。",
            ),
        ]

    def __str__(self) -> str:
        again = f"（第 {self.number} 版）" if self.number > 1 else ""
        return f"{self.judge.stage}{self.judge}评分表{again}"

    def content(self) -> str:
        """The sheet as text of one form: who scored whom in what with how many points, in order."""
        rows = self.scores.order_by("code__code", "part_id")
        told = [
            [code, name, f"{value:.2f}"]
            for code, name, value in rows.values_list("code__code", "part__name", "value")
        ]
        facts = {"stage": self.judge.stage_id, "judge": self.judge_id, "number": self.number}
        facts |= {"scores": told, "reason": self.reason}
        return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def reckoned_digest(self) -> str:
        return hashlib.sha256(self.content().encode()).hexdigest()


class Score(ScopedModel):
    """评分。The points that one judge gave one contestant in one part."""

    scope_by = f"sheet__judge__stage__{PLACE}"
    privacy = NO_PERSONAL_DATA

    sheet = models.ForeignKey(
        ScoreSheet, models.PROTECT, verbose_name="评分表", related_name="scores"
    )
    code = models.ForeignKey(
        BlindCode, models.PROTECT, verbose_name="盲评编号", related_name="scores"
    )
    part = models.ForeignKey(
        ScorePart, models.PROTECT, verbose_name="评分项", related_name="scores"
    )
    value = models.DecimalField("得分", max_digits=6, decimal_places=2)
    maximum = models.DecimalField("满分", max_digits=6, decimal_places=2, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        ordering = ["sheet", "code", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "code", "part"],
                name="score_once",
                violation_error_message="该编号的这一评分项已有得分。",
            ),
            models.CheckConstraint(
                name="score_within_bounds",
                condition=Q(value__gte=0, value__lte=F("maximum")),
                violation_error_message="得分应在 0 与满分之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.part} {self.value}"

    def clean(self) -> None:
        if self.part.stage_id != self.code.stage_id:
            raise ValidationError({"part": "评分项与盲评编号不属于同一赛段。"})
