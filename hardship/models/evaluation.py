"""第三方评估: a drawn sample of files that an outside body looks at, without knowing whose."""

import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core import masking
from core.fields import NO_PERSONAL_DATA, Privacy
from core.models import Organisation, User
from core.scope import ScopedModel, ScopedQuerySet
from hardship.models.households import RETENTION, Case, Cause
from hardship.models.outcomes import Recognition
from hardship.models.standards import Tier


class EvaluationSample(ScopedModel):
    """评估样本。Households drawn at random for one evaluation by an outside body.

    Sampled are households on file on the last day of the period, and those that left in it.
    With `seed` anybody can draw again; while the rows of the period stand as they stood
    (`population`), the same households come out. From `closed_on` on no verdict changes.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="评估范围", related_name="+"
    )
    title = models.CharField("评估名称", max_length=80)
    first = models.DateField("评估期间起")
    last = models.DateField("评估期间止")
    size = models.PositiveIntegerField("抽取户数")
    shows_cause = models.BooleanField(
        "提供致困原因大类",
        default=False,
        help_text="确需评估致困原因的才选；只提供支出型、收入型等大类",
    )
    agency = models.CharField("评估机构", max_length=80)
    evaluator = models.ForeignKey(User, models.PROTECT, verbose_name="评估人员", related_name="+")
    drawn_on = models.DateField("抽样日期", editable=False)
    population = models.PositiveIntegerField("总体户数", editable=False)
    seed = models.CharField("抽样种子", max_length=32, editable=False)
    rule = models.TextField("抽样办法", editable=False)
    closed_on = models.DateField("办结日期", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "评估样本"
        ordering = ["-id"]
        permissions = [("close_evaluationsample", "办结第三方评估")]
        constraints = [
            models.CheckConstraint(
                name="evaluationsample_forward",
                condition=Q(last__gte=F("first")),
                violation_error_message="评估期间止不能早于评估期间起。",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Verdict(models.TextChoices):
    ACCURATE = "accurate", "准确"
    WRONG = "wrong", "错评"
    WRONGLY_CLOSED = "wrongly_closed", "错退"
    UNVERIFIABLE = "unverifiable", "无法核实"
    MISSED = "missed", "漏评"


class Satisfaction(models.TextChoices):
    SATISFIED = "satisfied", "满意"
    FAIRLY = "fairly", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"


class Standing(models.TextChoices):
    ON_FILE = "on_file", "在档"
    LEFT = "left", "已退档"


# What an evaluator may be told of a cause: an illness stands among other expenditure.
CAUSE_CLASSES = {
    **dict.fromkeys([Cause.OWN_ILLNESS, Cause.KIN_ILLNESS, Cause.DISABILITY], "支出型"),
    **dict.fromkeys([Cause.SCHOOLING, Cause.DISASTER], "支出型"),
    **dict.fromkeys([Cause.LOW_INCOME, Cause.LAID_OFF, Cause.BANKRUPTCY], "收入型"),
    **dict.fromkeys([Cause.SINGLE_PARENT, Cause.OTHER], "其他"),
}
ENDING_CLASSES = {
    Recognition.Ending.OUT: "脱困退档",
    Recognition.Ending.HANDED_OVER: "解困转常态化帮扶",
    **dict.fromkeys(Recognition.CANCELLED, "注销"),
}


class SampleItemQuerySet(ScopedQuerySet):
    def sampled(self) -> Self:
        """Those that were drawn, without those that the evaluator found missing."""
        return self.exclude(case=None)

    def unjudged(self) -> Self:
        return self.filter(verdict="")

    def unsettled(self) -> Self:
        """What a closed evaluation found amiss and nobody has answered."""
        amiss = self.filter(verdict__in=SampleItem.AMISS, sample__closed_on__isnull=False)
        return amiss.filter(settled_on__isnull=True)


class SampleItem(ScopedModel):
    """样本户。One household of a sample under a code that says nothing, and what was found.

    A household that should be on file and is not (漏评) has neither file nor recognition, only the
    place where it was found. `stratum_households` is how many its stratum had in all.
    """

    AMISS = (Verdict.WRONG, Verdict.WRONGLY_CLOSED, Verdict.MISSED)

    privacy = Privacy(
        purpose="第三方评估困难职工认定和退出",
        retention=RETENTION,
        masked={"place": masking.address, "remark": masking.text, "settlement": masking.text},
    )

    sample = models.ForeignKey(
        EvaluationSample, models.PROTECT, verbose_name="评估样本", related_name="items"
    )
    code = models.CharField("代码", max_length=10)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="所属工会", related_name="+"
    )
    district = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="区县", related_name="+"
    )
    case = models.ForeignKey(
        Case, models.PROTECT, verbose_name="档案", null=True, blank=True, related_name="+"
    )
    recognition = models.ForeignKey(
        Recognition, models.PROTECT, verbose_name="在档认定", null=True, blank=True
    )
    tier = models.CharField("困难类别", max_length=8, choices=Tier.choices, blank=True)
    standing = models.CharField("在档情况", max_length=7, choices=Standing.choices, blank=True)
    stratum_households = models.PositiveIntegerField("所在层户数", default=0)
    place = models.CharField("所在社区（村）", max_length=60, blank=True)
    verdict = models.CharField("评估结论", max_length=14, choices=Verdict.choices, blank=True)
    satisfaction = models.CharField(
        "满意度", max_length=12, choices=Satisfaction.choices, blank=True
    )
    remark = models.CharField("评估说明", max_length=200, blank=True)
    judged_on = models.DateField("评估日期", null=True, blank=True)
    settled_on = models.DateField("处置日期", null=True, blank=True)
    settlement = models.CharField("处置情况", max_length=200, blank=True)

    objects = SampleItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "样本户"
        ordering = ["id"]
        permissions = [("settle_sampleitem", "处置第三方评估发现的问题")]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "code"],
                name="sampleitem_code_once",
                violation_error_message="该样本中已有相同代码。",
            ),
            models.UniqueConstraint(
                fields=["sample", "case"],
                name="sampleitem_case_once",
                violation_error_message="该户已在本次样本中。",
            ),
            models.CheckConstraint(
                name="sampleitem_missed_without_file",
                condition=Q(case__isnull=True, recognition__isnull=True, verdict="missed")
                | (Q(case__isnull=False, recognition__isnull=False) & ~Q(verdict="missed")),
                violation_error_message="漏评只用于没有档案的家庭。",
            ),
            models.CheckConstraint(
                name="sampleitem_verdict_fits",
                condition=(~Q(verdict="wrong") | Q(standing="on_file"))
                & (~Q(verdict="wrongly_closed") | Q(standing="left")),
                violation_error_message="错评只用于在档户，错退只用于已退档户，请核对。",
            ),
            models.CheckConstraint(
                name="sampleitem_judged_with_verdict",
                condition=Q(verdict="", judged_on__isnull=True)
                | (~Q(verdict="") & Q(judged_on__isnull=False)),
                violation_error_message="评估结论与评估日期应同时填写。",
            ),
            models.CheckConstraint(
                name="sampleitem_settled_with_words",
                condition=Q(settled_on__isnull=True) | ~Q(settlement=""),
                violation_error_message="处置问题须写明处置情况。",
            ),
        ]
        indexes = [models.Index(fields=["verdict", "settled_on"], name="sampleitem_unsettled")]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        if self.verdict in self.AMISS and not self.remark:
            raise ValidationError(
                {"remark": f"结论为“{self.get_verdict_display()}”的，请写明依据。"}
            )

    # What may be told without telling who it is.

    @property
    def cause_class(self) -> str:
        """The class of the main cause, where it was asked for and many have it; else ""."""
        if not (self.sample.shows_cause and self.recognition):
            return ""
        if self.stratum_households < settings.EVALUATION_LEAST_HOUSEHOLDS:
            return ""
        return CAUSE_CLASSES[Cause(self.recognition.main_cause)]

    @property
    def level(self) -> str:
        return self.recognition.get_level_display() if self.recognition else ""

    @property
    def persons(self) -> int | None:
        return self.case.declared_persons if self.case else None

    @property
    def filed_month(self) -> str:
        return month(self.recognition.since) if self.recognition else ""

    @property
    def left_month(self) -> str:
        left = self.recognition and self.standing == Standing.LEFT
        return month(self.recognition.until) if left else ""

    @property
    def ending_class(self) -> str:
        left = self.recognition and self.standing == Standing.LEFT
        return ENDING_CLASSES[self.recognition.ending] if left else ""

    @property
    def steps(self) -> list[list[str]]:
        """The calculation of the decision, each line as label, formula, value, document."""
        return self.recognition.steps if self.recognition else []


def month(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月"


class AssignedQuerySet(ScopedQuerySet):
    """Rows of samples that were given to the user himself, whatever else lies in his scope."""

    def visible_to(self, user: User, permission: str | None = None) -> Self:
        return super().visible_to(user, permission).filter(**{self.model.ASSIGNED_BY: user})


class EvaluatedQuerySet(AssignedQuerySet, SampleItemQuerySet):
    """The households of these samples."""


class EvaluationTask(EvaluationSample):
    """评估任务。A sample as its evaluator sees it."""

    ASSIGNED_BY = "evaluator"
    privacy = NO_PERSONAL_DATA
    objects = AssignedQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "评估任务"


class EvaluatedHousehold(SampleItem):
    """评估对象。A household of a sample as the evaluator sees it: he has no right to `SampleItem`.

    Its screen and sheet show what `SampleItem` may tell without telling who it is.
    """

    ASSIGNED_BY = "sample__evaluator"
    objects = EvaluatedQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "评估对象"
        permissions = [("judge_evaluatedhousehold", "填写评估结论")]

    def verdicts(self) -> list[tuple[Any, str]]:
        """What may be found of it."""
        amiss = Verdict.WRONG if self.standing == Standing.ON_FILE else Verdict.WRONGLY_CLOSED
        found = (Verdict.ACCURATE, amiss, Verdict.UNVERIFIABLE)
        return [(verdict.value, verdict.label) for verdict in found]
