"""What workers proposed and made better."""

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse

from competitions.models.learning import TrainingBase
from core import masking
from core.fields import Privacy
from core.models import Proceeding
from members.models import Employer, Person


class Innovation(Proceeding):
    """合理化建议、五小、创新成果。What a union handed in for its workers, until it was adopted,
    and chosen as an excellent result.

    `value` are the 元 that the unit declares it saves or earns in a year; nobody has checked them.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        PROPOSED = "proposed", "待采纳"
        ADOPTED = "adopted", "已采纳"
        SELECTED = "selected", "优秀成果"
        REFUSED = "refused", "未采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", "合理化建议"
        SMALL = "small", "五小成果"
        RESULT = "result", "职工创新成果"

    Level = TrainingBase.Level

    privacy = Privacy(
        purpose="职工技术创新成果登记与评选",
        retention="评选结束后十年",
        masked={"proposer": masking.name},
    )

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    employer = models.ForeignKey(Employer, models.PROTECT, verbose_name="单位", related_name="+")
    title = models.CharField("名称", max_length=120)
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name="建议人（会员）",
        null=True,
        blank=True,
        related_name="innovations",
    )
    proposer = models.CharField(
        "建议人", max_length=50, blank=True, help_text="班组或非会员填写名称，会员从名册中选择"
    )
    proposed_on = models.DateField("提出日期")
    content = models.TextField("主要内容", max_length=2000)
    value = models.DecimalField(
        "申报年创效（元）",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="由单位申报，可不填",
    )
    adopted_on = models.DateField("采纳日期", null=True, blank=True, editable=False)
    level = models.CharField(
        "评选级别", max_length=10, choices=Level.choices, blank=True, editable=False
    )
    selected_on = models.DateField("评选日期", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "创新成果"
        ordering = ["-id"]
        permissions = [
            ("adopt_innovation", "采纳创新成果"),
            ("select_innovation", "评选优秀创新成果"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "title", "proposed_on"],
                condition=~models.Q(state__in=["refused", "withdrawn"]),
                name="innovation_once",
                violation_error_message="该单位当日已登记同名的成果。",
            )
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="innovation_organisation")]

    def __str__(self) -> str:
        return self.title

    @property
    def value_told(self) -> str:
        return "—" if self.value is None else f"{self.value:,.2f}"

    def get_absolute_url(self) -> str:
        return reverse("competitions:innovation", args=[self.pk])

    def concerned(self) -> list[bytes]:
        return [bytes(self.person.certificate_index)] if self.person else []
