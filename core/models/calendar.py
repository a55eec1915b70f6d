"""The calendar: days that are not what their weekday says."""

from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models

from core.fields import NO_PERSONAL_DATA
from core.models.accounts import User
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet, view_permission

WEEKDAYS = "一二三四五六日"


class CalendarDayQuerySet(ScopedQuerySet):
    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """All of it for whoever may look; other rights count where they are held at the root."""
        looking = view_permission(self.model)
        if permission in (None, looking):
            return self.all() if user.paths_with(looking) else self.none()
        return super().visible_to(user, permission)


class CalendarDay(ScopedModel):
    """节假日与调休。A day that is not what its weekday says; all others are Mon–Fri working.

    Kept from the yearly notice of the State Council, once for the whole city;
    `core.working_days` reads it. A year without a row has not been published yet.
    """

    privacy = NO_PERSONAL_DATA

    date = models.DateField("日期", unique=True, error_messages={"unique": "该日期已经登记。"})
    is_working = models.BooleanField(
        "安排", choices=[(True, "上班"), (False, "放假")], help_text="调休上班，还是放假"
    )
    name = models.CharField("名称", max_length=40, help_text="如“国庆节”“春节调休”")
    source = models.CharField("依据", max_length=60, blank=True, help_text="国务院办公厅通知文号")

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "节假日安排"
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"

    @classmethod
    def scope(cls, paths: Iterable[str]) -> models.Q:
        """The calendar belongs to the root of the tree."""
        at_root = any(len(path) == Organisation.steplen for path in paths)
        return models.Q() if at_root else models.Q(pk__in=[])

    def clean(self) -> None:
        if self.date and self.is_working == (self.date.weekday() < 5):
            usual = "上班" if self.is_working else "休息"
            raise ValidationError(
                {
                    "date": f"{self.date} 是星期{WEEKDAYS[self.date.weekday()]}，本来就{usual}，"
                    "不必登记，请核对日期。"
                }
            )
