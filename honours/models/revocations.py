"""How a title is taken back: proposed, reviewed, decided by the authority that gave it."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from core import masking, workflow
from core.fields import EncryptedTextField, Privacy
from core.models import Proceeding
from honours.models.awards import Award
from honours.models.holders import RETENTION


class Revocation(Proceeding):
    """撤销荣誉。The proposal to take one award back, and what the granting authority decided.

    `effective_on` is the first day without the title: benefits end with it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待复核"
        REVIEWED = "reviewed", "待授予机关决定"
        DECIDED = "decided", "已撤销"
        REFUSED = "refused", "不予撤销"
        WITHDRAWN = "withdrawn", "已撤回"

    class Cause(models.TextChoices):
        SENTENCE = "sentence", "受刑事处罚"
        FRAUD = "fraud", "申报事迹失实"
        DISCIPLINE = "discipline", "受开除处分"
        RECORD = "record", "欠薪、安全、环保等严重违法"
        BELOW = "below", "不再符合命名条件"
        OTHER = "other", "其他"

    privacy = Privacy(purpose="撤销荣誉的审核", retention=RETENTION)

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    award = models.ForeignKey(
        Award, models.PROTECT, verbose_name="荣誉", related_name="revocations"
    )
    cause = models.CharField("撤销情形", max_length=12, choices=Cause.choices)
    finding = EncryptedTextField("情况说明", mask=masking.text, null=False, blank=False)
    authority = models.CharField("决定机关", max_length=80, blank=True, editable=False)
    document_number = models.CharField("决定文号", max_length=60, blank=True, editable=False)
    effective_on = models.DateField("撤销日期", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "撤销荣誉"
        ordering = ["-id"]
        permissions = [
            ("review_revocation", "复核撤销荣誉"),
            ("decide_revocation", "登记撤销荣誉的决定"),
            ("reveal_revocation", "查看撤销荣誉的情况说明"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["proposed", "reviewed", "decided"]),
                name="revocation_once",
                violation_error_message="该荣誉已有正在办理或已经决定的撤销。",
            )
        ]

    def __str__(self) -> str:
        return str(self.award)

    @property
    def masked_label(self) -> str:
        return str(self.award)

    def concerned(self) -> Iterable[bytes]:
        person = self.award.person
        if person is None:
            return []
        return [workflow.identity(person.certificate_number.clear(), person.certificate_type)]

    def bound(self) -> str:
        return f"{self.award_id}|{self.cause}"
