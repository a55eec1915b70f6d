"""The rows of the test procedure."""

from django.db import models
from django.urls import reverse

from core import masking
from core.fields import Privacy
from core.models import Proceeding
from core.workflow import identity


class Permit(Proceeding):
    """许可。Somebody asks for an amount; three people say yes, one after the other."""

    privacy = Privacy(purpose="测试", retention="测试", masked={"name": masking.name})

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审核"
        REVIEWED = "reviewed", "待审批"
        APPROVED = "approved", "公示中"
        VALID = "valid", "有效"
        REFUSED = "refused", "未通过"

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    name = models.CharField("申请人", max_length=50)
    number = models.CharField("申请人身份证号", max_length=18)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "许可"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("permit", args=[self.pk])

    def concerned(self) -> list[bytes]:
        return [identity(self.number)]

    def bound(self) -> str:
        return f"{self.number} {self.amount}"
