"""Who is struck from the results, and why."""

from django.db import models
from django.db.models import Q

from competitions.models.results import Result
from core import masking
from core.fields import Privacy
from core.models import Proceeding


class Disqualification(Proceeding):
    """取消成绩。Why a contestant is struck from the results, before prizes are given.

    Proposed by one person and decided by another. `organisation` is the union that holds the
    competition.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待审批"
        DECIDED = "decided", "成绩已取消"
        REFUSED = "refused", "不予取消"

    privacy = Privacy(
        purpose="竞赛违规行为的处理", retention="竞赛归档后五年", masked={"finding": masking.text}
    )

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    result = models.ForeignKey(
        Result, models.PROTECT, verbose_name="成绩", related_name="disqualifications"
    )
    finding = models.CharField("事由", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "取消成绩"
        ordering = ["-id"]
        permissions = [("decide_disqualification", "审批取消成绩")]
        constraints = [
            models.UniqueConstraint(
                fields=["result"],
                condition=~Q(state="refused"),
                name="disqualification_once",
                violation_error_message="该成绩的取消正在审批或已经决定。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.result.entry}取消成绩"

    def concerned(self) -> list[bytes]:
        return list(self.result.entry.concerned())

    def bound(self) -> str:
        return f"{self.result_id}|{self.finding}"
