"""Who won before: some events are closed to earlier champions."""

from django.db import models

from competitions.models.programmes import Competition
from core.fields import Privacy
from core.models import Organisation
from core.scope import ScopedModel
from members.models import Person


class Champion(ScopedModel):
    """往届冠军。Who won the event of one name (赛项), in which a federation held it.

    Written with the results of a competition, or typed in for the years before this software.
    """

    privacy = Privacy(purpose="核对参赛资格", retention="十年")

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="举办工会")
    trade = models.CharField("赛项（工种）", max_length=80, help_text="与赛项名称一致")
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="冠军", related_name="championships"
    )
    won_on = models.DateField("夺冠日期")
    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "往届冠军"
        ordering = ["-won_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "trade", "person", "won_on"],
                name="champion_once",
                violation_error_message="该冠军已登记。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.trade}）"

    @property
    def masked_label(self) -> str:
        return f"{self.person.masked_label}（{self.trade}）"
