"""The row of the tests of publicity."""

from django.db import models
from django.urls import reverse

from core import masking
from core.fields import Privacy
from core.models import Proceeding
from core.workflow import identity


class Candidate(Proceeding):
    """候选人。Somebody who is shown to the public before he is confirmed."""

    privacy = Privacy(purpose="测试", retention="测试", masked={"name": masking.name})

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SHOWN = "shown", "公示中"
        CONFIRMED = "confirmed", "已确认"
        REJECTED = "rejected", "未通过"

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    name = models.CharField("姓名", max_length=50)
    number = models.CharField("身份证号", max_length=18)
    phone = models.CharField("手机号", max_length=11)
    diagnosis = models.CharField("病情", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "候选人"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("home")

    def concerned(self) -> list[bytes]:
        return [identity(self.number)]
