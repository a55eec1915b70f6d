"""What supports a file and what was found about it: evidence, visits, comparisons, vetoes."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import masking
from core.fields import EncryptedTextField, Privacy
from core.models import Organisation, StoredFile, User
from core.scope import ScopedModel, ScopedQuerySet
from hardship.models.households import RETENTION, Case, refuse_future
from hardship.models.standards import VetoRule


class Evidence(ScopedModel):
    """佐证材料。One kept file of a household's file. It leaves through the view that asks scope."""

    class Kind(models.TextChoices):
        FORM = "form", "登记表"
        APPLICATION = "application", "个人困难申请"
        AUTHORISATION = "authorisation", "核对授权书"
        IDENTITY = "identity", "身份证、户口本"
        INCOME = "income", "收入证明"
        DIAGNOSIS = "diagnosis", "诊断证明"
        BILL = "bill", "医院单据"
        SCHOOLING = "schooling", "学籍、学费证明"
        WORKPLACE = "workplace", "单位证明"
        VISIT = "visit", "入户照片"
        PUBLICITY = "publicity", "公示材料"
        ANSWER = "answer", "比对回复"
        OTHER = "other", "其他"

    PERMISSION = "hardship.view_evidence"

    scope_by = "case__organisation"
    privacy = Privacy(purpose="困难职工档案的佐证", retention=RETENTION)

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="evidence")
    kind = models.CharField("材料种类", max_length=13, choices=Kind.choices)
    file = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="文件")
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Visit(ScopedModel):
    """走访。People of the union came to a household on a day: to check, to console, to look after.

    A visit that checks (入户调查) takes two visitors at least, different persons.
    """

    class Kind(models.TextChoices):
        CHECK = "check", "入户调查"
        CONDOLENCE = "condolence", "走访慰问"
        FOLLOW_UP = "follow_up", "返困监测回访"

    scope_by = "organisation"
    privacy = Privacy(purpose="入户调查和走访慰问的记录", retention=RETENTION)

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="visits")
    kind = models.CharField("走访种类", max_length=10, choices=Kind.choices)
    round = models.PositiveSmallIntegerField("轮次", editable=False)
    held_on = models.DateField("走访日期", default=timezone.localdate)
    visitors = models.ManyToManyField(User, verbose_name="走访人", related_name="+")
    finding = EncryptedTextField("走访情况", null=False, blank=False)
    photo = models.ForeignKey(
        Evidence, models.PROTECT, verbose_name="入户照片", null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "走访"
        ordering = ["-held_on", "-id"]
        indexes = [models.Index(fields=["held_on"], name="visit_held")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.held_on}"

    def clean(self) -> None:
        refuse_future(self, "held_on")

    @property
    def people(self) -> tuple[User, ...]:
        """Who came, in the order of their accounts."""
        return tuple(sorted(self.visitors.all(), key=lambda user: user.pk))


class DataCheckQuerySet(ScopedQuerySet):
    def asked(self) -> Self:
        """Those of the round in which their file is, while authorities are asked about it."""
        return self.filter(case__state__in=Case.COMPARED, case__round=F("round"))

    def unanswered(self) -> Self:
        return self.asked().filter(answered_on__isnull=True)

    def unjudged(self) -> Self:
        return self.asked().filter(answered_on__isnull=False, verdict="")


class DataCheck(ScopedModel):
    """信息比对。What one authority was asked about a household, answered, and what follows."""

    class Source(models.TextChoices):
        CIVIL_AFFAIRS = "civil_affairs", "民政低保"
        VEHICLES = "vehicles", "公安车管"
        REAL_ESTATE = "real_estate", "不动产登记"
        MARKET = "market", "市场监管"
        SOCIAL_INSURANCE = "social_insurance", "人社社保"
        MEDICAL_INSURANCE = "medical_insurance", "医保"
        HOUSING_FUND = "housing_fund", "公积金"
        TAXATION = "taxation", "税务"

    class Verdict(models.TextChoices):
        CONSISTENT = "consistent", "与申报一致"
        EXPLAINED = "explained", "有出入，已核实说明"
        REFUTED = "refuted", "与申报不符"

    scope_by = "case__organisation"
    privacy = Privacy(purpose="核对家庭经济状况", retention=RETENTION)

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="data_checks")
    round = models.PositiveSmallIntegerField("轮次", editable=False)
    source = models.CharField("比对部门", max_length=17, choices=Source.choices)
    requested_on = models.DateField("请求日期", default=timezone.localdate)
    answered_on = models.DateField("答复日期", null=True, blank=True)
    is_hit = models.BooleanField("查有记录", null=True, blank=True)
    finding = EncryptedTextField("答复内容")
    verdict = models.CharField("结论", max_length=10, choices=Verdict.choices, blank=True)
    note = models.CharField("结论说明", max_length=200, blank=True)
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, verbose_name="比对回复", null=True, blank=True
    )

    objects = DataCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "信息比对"
        ordering = ["id"]
        permissions = [("export_datacheck", "导出信息比对请求")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "source"],
                name="datacheck_once",
                violation_error_message="本轮已向该部门请求比对。",
            ),
            models.CheckConstraint(
                name="datacheck_judged_when_answered",
                condition=Q(verdict="") | Q(answered_on__isnull=False, is_hit__isnull=False),
                violation_error_message="尚未答复，不能下结论。",
            ),
        ]

    def __str__(self) -> str:
        return self.get_source_display()

    @property
    def is_asked(self) -> bool:
        """Whether an answer may be entered and judged: see `DataCheckQuerySet.asked`."""
        return self.case.state in Case.COMPARED and self.case.round == self.round


class VetoAnswerQuerySet(ScopedQuerySet):
    def proposed(self) -> Self:
        """Exceptions that wait for somebody to approve them."""
        waiting = self.filter(is_met=True, proposed_by__isnull=False, approved_by__isnull=True)
        return waiting.filter(case__state__in=Case.UNDER_REVIEW, case__round=F("round"))


class VetoAnswer(ScopedModel):
    """一票否决核对。Whether one circumstance is met in one round, and whether it is excepted.

    An exception is asked for with a reason by one person and approved by another.
    """

    scope_by = "case__organisation"
    privacy = Privacy(
        purpose="核对一票否决情形", retention=RETENTION, masked={"reason": masking.text}
    )

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="veto_answers")
    round = models.PositiveSmallIntegerField("轮次", editable=False)
    rule = models.ForeignKey(VetoRule, models.PROTECT, verbose_name="情形")
    is_met = models.BooleanField("存在此情形")
    reason = models.CharField("例外理由", max_length=200, blank=True)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="例外提出人", null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="例外批准人", null=True, blank=True, related_name="+"
    )

    objects = VetoAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "一票否决核对"
        ordering = ["rule_id"]
        permissions = [("except_vetoanswer", "批准一票否决例外")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "rule"],
                name="vetoanswer_once",
                violation_error_message="本轮已核对该情形。",
            ),
            models.CheckConstraint(
                name="vetoanswer_excepted_with_reason",
                condition=Q(approved_by__isnull=True)
                | (Q(proposed_by__isnull=False) & ~Q(reason="") & Q(is_met=True)),
                violation_error_message="批准例外须先由他人写明理由提出。",
            ),
            models.CheckConstraint(
                name="vetoanswer_excepted_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                violation_error_message="例外不能由提出人自己批准。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.rule)
