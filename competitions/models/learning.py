"""Where workers learn a trade, what they were taught, and the grades that came of it."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from competitions.models.programmes import Competition
from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models import Organisation
from core.scope import ScopedModel
from members.models import Person


class TrainingBase(ScopedModel):
    """产业工人培训基地、劳模工匠学院。A place of training, until the day before `closed_on`."""

    class Kind(models.TextChoices):
        BASE = "base", "产业工人培训基地"
        COLLEGE = "college", "劳模工匠学院"

    class Level(models.TextChoices):
        NATIONAL = "national", "国家级"
        PROVINCIAL = "provincial", "省级"
        MUNICIPAL = "municipal", "市级"
        COUNTY = "county", "县级"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("种类", max_length=8, choices=Kind.choices)
    level = models.CharField("级别", max_length=10, choices=Level.choices)
    partner = models.CharField("共建单位", max_length=120, blank=True)
    opened_on = models.DateField("建成日期")
    closed_on = models.DateField("停办日期", null=True, blank=True)
    document_number = models.CharField("文号", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "培训基地"
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="training_base_once",
                violation_error_message="该工会已有同名的培训基地。",
            ),
            models.CheckConstraint(
                name="training_base_forward",
                condition=Q(closed_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                violation_error_message="停办日期应晚于建成日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Training(ScopedModel):
    """职工培训。What was taught in `sessions` (场次) from `held_on` on.

    `headcount` are the 人次 of those whom nobody wrote down; who is named is no part of it.
    """

    class Kind(models.TextChoices):
        SKILL = "skill", "技能培训"
        EDUCATION = "education", "学历教育"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="举办工会")
    title = models.CharField("培训名称", max_length=120)
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    trade = models.CharField("职业（工种）", max_length=80, blank=True)
    held_on = models.DateField("开始日期")
    sessions = models.PositiveSmallIntegerField(
        "场次", default=1, validators=[MinValueValidator(1)]
    )
    headcount = models.PositiveIntegerField(
        "参训人次", default=0, help_text="不含已按姓名登记的参训人员"
    )
    base = models.ForeignKey(
        TrainingBase, models.PROTECT, verbose_name="培训基地", null=True, blank=True
    )
    place = models.CharField("地点", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "职工培训"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "title", "held_on"],
                name="training_once",
                violation_error_message="该工会当日已登记同名的培训。",
            )
        ]
        indexes = [models.Index(fields=["held_on", "organisation"], name="training_held")]

    def __str__(self) -> str:
        return f"{self.title}（{self.held_on}）"


class Trainee(ScopedModel):
    """参训人员。One person whom a training names."""

    scope_by = "training__organisation"
    privacy = Privacy(purpose="职工培训登记", retention="培训结束后五年")

    training = models.ForeignKey(
        Training, models.PROTECT, verbose_name="培训", related_name="trainees"
    )
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="参训人员", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "参训人员"
        ordering = ["training", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "person"],
                name="trainee_once",
                violation_error_message="该人员已登记为本次培训的参训人员。",
            )
        ]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def masked_label(self) -> str:
        return self.person.masked_label


class SkillCertificate(ScopedModel):
    """职业技能等级证书。The grade that an authority gave one person, after a training or a
    competition. The union records it; it gives none."""

    privacy = Privacy(
        purpose="掌握职工技能提升情况",
        retention="退会或去世后十年",
        masked={},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="职工", related_name="skill_certificates"
    )
    trade = models.CharField("职业（工种）", max_length=80)
    grade = models.CharField("技能等级", max_length=20, choices=Person.SkillGrade.choices)
    issuer = models.CharField("发证机构", max_length=120)
    issued_on = models.DateField("发证日期")
    number = EncryptedTextField("证书编号", mask=masking.number)
    training = models.ForeignKey(
        Training, models.PROTECT, verbose_name="来源培训", null=True, blank=True
    )
    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="来源竞赛", null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "技能等级证书"
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "trade", "grade"],
                name="skill_certificate_once",
                violation_error_message="该职工已登记同工种、同等级的证书。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.trade}{self.get_grade_display()}"

    @property
    def masked_label(self) -> str:
        return f"{self.person.masked_label} · {self.trade}{self.get_grade_display()}"

    def clean(self) -> None:
        if self.training_id and self.competition_id:
            raise ValidationError({"competition": "来源培训和来源竞赛只能填写一项。"})
