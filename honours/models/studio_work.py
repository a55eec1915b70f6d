"""What a studio works on in a year, what came of it, and what the year was worth."""

from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.fields import NO_PERSONAL_DATA
from core.models import StoredFile, User
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, ScopedQuerySet
from funds.models import FundSource, Payable
from funds.models.pools import money
from honours.models.catalogue import Level
from honours.models.studios import Studio, refuse_future


class ReportedQuerySet(ScopedQuerySet):
    def accepted(self) -> Self:
        """Confirmed by the federation: what figures count."""
        return self.filter(accepted_on__isnull=False)

    def waiting(self) -> Self:
        return self.filter(accepted_on__isnull=True)


class Reported(ScopedModel):
    """Base of what the union of a studio reports, and another person accepts."""

    scope_by = "studio__organisation"
    privacy = NO_PERSONAL_DATA

    year = models.PositiveSmallIntegerField("年度")
    reported_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="填报人", related_name="+", editable=False
    )
    accepted_on = models.DateField("确认日期", null=True, blank=True, editable=False)

    objects = ReportedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def standing(self) -> str:
        return "已确认" if self.accepted_on else "待确认"


class StudioProject(Reported):
    """创新课题。One project of a studio in a year; approved by somebody on a day, or not yet."""

    studio = models.ForeignKey(
        Studio, models.PROTECT, verbose_name="工作室", related_name="projects"
    )
    title = models.CharField("课题名称", max_length=100)
    approved_by = models.CharField("立项单位", max_length=80, blank=True)
    approved_on = models.DateField("立项日期", null=True, blank=True)
    finished_on = models.DateField("结题日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "创新课题"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "year", "title"],
                name="studioproject_once",
                violation_error_message="该工作室本年度已有同名的课题。",
            ),
            models.CheckConstraint(
                name="studioproject_forward",
                condition=Q(finished_on__isnull=True) | Q(finished_on__gte=F("approved_on")),
                violation_error_message="结题日期不能早于立项日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.year}年）"

    def clean(self) -> None:
        refuse_future(self, "approved_on", "finished_on")
        if self.finished_on and not self.approved_on:
            raise ValidationError({"approved_on": "已结题的课题应填写立项日期。"})
        if self.approved_on and not self.approved_by:
            raise ValidationError({"approved_by": "已立项的课题应填写立项单位。"})
        if self.approved_on and self.year and self.approved_on.year > self.year:
            raise ValidationError({"year": "年度不能早于立项日期所在的年份。"})


class StudioResult(Reported):
    """工作室成果。One thing that came of a studio: a patent, an achievement, benefit, apprentices.

    `benefit` is in yuan and declared by the union; `apprentices` are those whom it trained in the
    year as it reports them.
    """

    class Kind(models.TextChoices):
        PATENT = "patent", "专利"
        ACHIEVEMENT = "achievement", "技术成果"
        STANDARD = "standard", "标准、工法"
        PROPOSAL = "proposal", "合理化建议"
        PAPER = "paper", "论文、著作"
        TRAINING = "training", "带徒培训"

    studio = models.ForeignKey(
        Studio, models.PROTECT, verbose_name="工作室", related_name="results"
    )
    kind = models.CharField("成果种类", max_length=12, choices=Kind.choices)
    title = models.CharField("成果名称", max_length=100)
    number = models.CharField("证书（文件）号", max_length=60, blank=True)
    obtained_on = models.DateField("取得日期")
    benefit = money("经济效益", default=Decimal(0), validators=[MinValueValidator(Decimal(0))])
    apprentices = models.PositiveSmallIntegerField("带徒人数（人）", default=0)
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        verbose_name="佐证材料",
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "工作室成果"
        ordering = ["-year", "-id"]
        permissions = [("export_studioresult", "导出工作室成果")]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "kind", "title", "obtained_on"],
                name="studioresult_once",
                violation_error_message="该成果已经登记。",
            ),
            models.CheckConstraint(
                name="studioresult_benefit",
                condition=Q(benefit__gte=0),
                violation_error_message="经济效益不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"

    def clean(self) -> None:
        refuse_future(self, "obtained_on")
        if self.obtained_on:
            self.year = self.obtained_on.year
        if self.kind == self.Kind.TRAINING and not self.apprentices:
            raise ValidationError({"apprentices": "带徒培训应填写带徒人数。"})


class StudioAssessment(ScopedModel):
    """年度考核。What a year of a studio was worth. `facts` are those of the year as they were."""

    class Verdict(models.TextChoices):
        EXCELLENT = "excellent", "优秀"
        QUALIFIED = "qualified", "合格"
        UNQUALIFIED = "unqualified", "不合格"

    scope_by = "studio__organisation"
    privacy = NO_PERSONAL_DATA

    studio = models.ForeignKey(
        Studio, models.PROTECT, verbose_name="工作室", related_name="assessments"
    )
    year = models.PositiveSmallIntegerField("年度")
    score = models.DecimalField("得分", max_digits=5, decimal_places=2)
    verdict = models.CharField("考核结论", max_length=12, choices=Verdict.choices)
    facts = models.JSONField("考核事实", default=dict)
    document = models.CharField("所依规定", max_length=60)
    note = models.CharField("考核意见", max_length=200, blank=True)
    assessed_on = models.DateField("考核日期")
    by = models.ForeignKey(User, models.PROTECT, verbose_name="考核人", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "工作室年度考核"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "year"],
                name="studioassessment_once",
                violation_error_message="该工作室本年度已经考核。",
            ),
            models.CheckConstraint(
                name="studioassessment_score",
                condition=Q(score__gte=0, score__lte=100),
                violation_error_message="得分应为 0 至 100。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.get_verdict_display()}"


class GrantPurpose(models.TextChoices):
    NEW = "new", "新命名补助"
    KEPT = "kept", "复核保留补助"


class StudioGrantRule(DatedRule):
    """工作室补助标准. What a studio of a level is given when it is named or kept, in yuan."""

    level = models.CharField("级别", max_length=12, choices=Level.choices)
    purpose = models.CharField("事由", max_length=6, choices=GrantPurpose.choices)
    amount = money("补助金额")

    same_by = ("level", "purpose")

    class Meta:
        verbose_name = verbose_name_plural = "工作室补助标准"
        ordering = ["-since", "id"]
        constraints = [
            *once(
                "studiograntrule",
                "level",
                "purpose",
                message="同一范围、级别和事由已有此日施行或尚未失效的标准。",
            ),
            models.CheckConstraint(
                name="studiograntrule_positive",
                condition=Q(amount__gt=0),
                violation_error_message="补助金额应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}{self.get_purpose_display()} {self.amount:,} 元"


class StudioGrantQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        return self.filter(withdrawn_on__isnull=True)


class StudioGrant(ScopedModel):
    """工作室补助. Money for a studio: laid down, approved by another person, paid by `funds`.

    At most one stands for one purpose of one year. `document` is that of the amount.
    """

    privacy = NO_PERSONAL_DATA
    scope_by = "studio__organisation"

    studio = models.ForeignKey(Studio, models.PROTECT, verbose_name="工作室", related_name="grants")
    purpose = models.CharField("事由", max_length=6, choices=GrantPurpose.choices)
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("资金来源", max_length=20, choices=FundSource.choices)
    amount = money("金额")
    document = models.CharField("标准文号", max_length=60)
    laid_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", related_name="+")
    laid_on = models.DateField("登记日期")
    approved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="批准人", related_name="+", null=True, blank=True
    )
    approved_on = models.DateField("批准日期", null=True, blank=True)
    paid_on = models.DateField("支付日期", null=True, blank=True)
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True)

    objects = StudioGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工作室补助"
        ordering = ["-id"]
        permissions = [("approve_studiogrant", "批准工作室补助")]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "purpose", "year"],
                condition=Q(withdrawn_on__isnull=True),
                name="studiogrant_once",
                violation_error_message="该工作室本年度这一事由的补助已经登记。",
            ),
            models.CheckConstraint(
                name="studiogrant_positive",
                condition=Q(amount__gt=0),
                violation_error_message="金额应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.studio} {self.get_purpose_display()} {self.amount:,} 元"

    @property
    def payables(self) -> models.QuerySet[Payable]:
        return Payable.objects.of(self)

    @property
    def stage(self) -> str:
        """How far it has come, in words."""
        if self.withdrawn_on:
            return "已撤回"
        if self.paid_on:
            return "已支付"
        return "待支付" if self.approved_on else "待批准"
