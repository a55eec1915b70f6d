"""What comes into a household and what it must spend."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from core.fields import Privacy
from core.scope import ScopedModel
from hardship import rules
from hardship.models.checks import Evidence
from hardship.models.households import RETENTION, Case
from hardship.models.people import FamilyMember


class Monthly(ScopedModel):
    """Base of money that comes or goes every month from `first_month` to `last_month`.

    What came once has one month. Months are kept by their first day.
    """

    scope_by = "case__organisation"
    privacy = Privacy(purpose="核定家庭收入和刚性支出", retention=RETENTION)

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="%(class)ss")
    member = models.ForeignKey(FamilyMember, models.PROTECT, verbose_name="家庭成员")
    amount = models.DecimalField("每月金额（元）", max_digits=11, decimal_places=2)
    first_month = models.DateField("起始月份")
    last_month = models.DateField("截止月份", help_text="一次性的收支，起止填同一个月")
    payer = models.CharField("发放或收取单位", max_length=80, blank=True)
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, verbose_name="佐证材料", null=True, blank=True
    )

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {rules.yuan(self.amount)}"

    def clean(self) -> None:
        for name in ("first_month", "last_month"):
            if day := getattr(self, name):
                setattr(self, name, day.replace(day=1))
        if self.first_month and self.last_month and self.last_month < self.first_month:
            raise ValidationError({"last_month": "截止月份不能早于起始月份，请核对。"})
        if self.member_id and self.case_id and self.member.case_id != self.case_id:
            raise ValidationError({"member": "请选择本档案的家庭成员。"})

    def flow(self) -> rules.Flow:
        """As the rules take it."""
        return rules.Flow(self.amount, self.first_month, self.last_month)


class Income(Monthly):
    """家庭收入。One income of one member. A loss of a business is a negative one."""

    class Kind(models.TextChoices):
        WAGE = "wage", "工资性收入"
        PENSION = "pension", "养老金、退休金"
        BUSINESS = "business", "经营净收入"
        PROPERTY = "property", "财产净收入"
        BENEFIT = "benefit", "低保金及其他救助金"
        SUPPORT = "support", "赡养费、抚养费"
        OTHER = "other", "其他收入"

    kind = models.CharField("收入种类", max_length=8, choices=Kind.choices)

    class Meta(Monthly.Meta):
        verbose_name = verbose_name_plural = "家庭收入"


class Expense(Monthly):
    """家庭支出。One expenditure that counts: rigid (刚性支出), or what a sudden event cost."""

    class Kind(models.TextChoices):
        MEDICAL = "medical", "医疗自付"
        EDUCATION = "education", "教育"
        CARE = "care", "残疾照料"
        RENT = "rent", "房租"
        OTHER = "other", "其他刚性支出"
        LOSS = "loss", "财产损失"

    kind = models.CharField("支出种类", max_length=9, choices=Kind.choices)
    amount = models.DecimalField(
        "每月金额（元）", max_digits=11, decimal_places=2, validators=[MinValueValidator(0)]
    )
    is_by_event = models.BooleanField("由突发事件造成", default=False)

    class Meta(Monthly.Meta):
        verbose_name = verbose_name_plural = "家庭支出"

    def flow(self) -> rules.Flow:
        return rules.Flow(
            self.amount,
            self.first_month,
            self.last_month,
            rigid=self.kind != self.Kind.LOSS,
            by_event=self.is_by_event or self.kind == self.Kind.LOSS,
        )
