"""Who holds which title: the register for life."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import masking
from core.fields import NO_PERSONAL_DATA, Privacy
from core.models import Organisation
from core.scope import ScopedModel, ScopedQuerySet
from honours.models.catalogue import Level, Title
from members.models import Employer, Person


class AwardQuerySet(ScopedQuerySet):
    def standing(self, on: datetime.date) -> Self:
        """Held on the day: given, not run out, not revoked."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=on),
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=on),
            granted_on__lte=on,
        )

    def personal(self) -> Self:
        return self.filter(title__recipient=Title.Recipient.PERSON)

    def collective(self) -> Self:
        """Of units, unions, teams, places and works: without those of persons."""
        return self.exclude(title__recipient=Title.Recipient.PERSON)

    def held_by(self, person: Person) -> Self:
        return self.filter(person=person)


class Award(ScopedModel):
    """荣誉。One title given to one recipient on one day, by one document.

    `organisation` is the union through which it was given. The recipient is a registered person,
    an employer or a union, or only a name (a team, a work, somebody whom the register does not
    have). From `valid_until` it has run out, from `revoked_on` it is revoked: both are first days
    without it. `level` is the title's on that day. `serial` tells namesakes apart.
    """

    privacy = Privacy(
        purpose="荣誉表彰的登记、管理与待遇落实",
        retention="永久（荣誉档案）",
        masked={"recipient_name": masking.name},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="推荐工会")
    title = models.ForeignKey(Title, models.PROTECT, verbose_name="荣誉称号", related_name="awards")
    level = models.CharField("级别", max_length=12, choices=Level.choices, editable=False)
    recipient_name = models.CharField("获得者", max_length=120)
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="会员", null=True, blank=True, related_name="awards"
    )
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="单位", null=True, blank=True, related_name="awards"
    )
    union = models.ForeignKey(
        Organisation,
        models.PROTECT,
        verbose_name="获得荣誉的工会",
        null=True,
        blank=True,
        related_name="awards_held",
    )
    unit_name = models.CharField("所在单位", max_length=120, blank=True)
    granted_on = models.DateField("授予日期")
    granting_body = models.CharField("授予机关", max_length=80)
    document_number = models.CharField("表彰文号", max_length=60, blank=True)
    certificate_number = models.CharField("证书编号", max_length=40, blank=True)
    edition = models.PositiveSmallIntegerField("届次", null=True, blank=True)
    serial = models.PositiveSmallIntegerField("同名序号", default=1, editable=False)
    valid_until = models.DateField("有效期止", null=True, blank=True, editable=False)
    revoked_on = models.DateField("撤销日期", null=True, blank=True, editable=False)
    revocation_reason = models.CharField("撤销原因", max_length=200, blank=True, editable=False)
    revocation_document = models.CharField("撤销文号", max_length=60, blank=True, editable=False)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉"
        ordering = ["-granted_on", "title__rank", "id"]
        permissions = [
            ("open_figure", "查看荣誉指标背后的记录"),
            ("export_award", "导出荣誉名册"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["title", "granted_on", "organisation", "recipient_name", "serial"],
                name="award_once",
                violation_error_message="该获得者当日已登记同一荣誉，请核对；确属同名的请先登记会员。",
            ),
            models.UniqueConstraint(
                fields=["title", "person", "granted_on"],
                condition=Q(person__isnull=False),
                name="award_person_once",
                violation_error_message="该会员当日已登记同一荣誉。",
            ),
            models.UniqueConstraint(
                fields=["title", "certificate_number"],
                condition=~Q(certificate_number=""),
                name="award_certificate_once",
                violation_error_message="该称号下已有相同的证书编号。",
            ),
            models.CheckConstraint(
                name="award_forward",
                condition=(Q(valid_until__isnull=True) | Q(valid_until__gt=F("granted_on")))
                & (Q(revoked_on__isnull=True) | Q(revoked_on__gte=F("granted_on"))),
                violation_error_message="有效期止和撤销日期不能早于授予日期。",
            ),
            models.CheckConstraint(
                name="award_revoked_by_document",
                condition=Q(revoked_on__isnull=True) | ~Q(revocation_document=""),
                violation_error_message="撤销荣誉须有授予机关的文号。",
            ),
        ]
        indexes = [
            models.Index(fields=["granted_on", "organisation"], name="award_granted"),
            models.Index(fields=["organisation", "id"], name="award_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.masked_label} {self.title}"

    @property
    def masked_label(self) -> str:
        """The recipient as lists show him: a person masked."""
        return masking.name(self.recipient_name) if self.title.is_personal else self.recipient_name

    @property
    def standing_told(self) -> str:
        """Whether it is held today, in a word."""
        today = timezone.localdate()
        if self.revoked_on and self.revoked_on <= today:
            return "已撤销"
        return "已过有效期" if self.valid_until and self.valid_until <= today else "保持中"

    def stands(self, on: datetime.date) -> bool:
        """Held on the day, as `AwardQuerySet.standing`."""
        ends = [day for day in (self.valid_until, self.revoked_on) if day]
        return self.granted_on <= on and all(day > on for day in ends)

    def clean(self) -> None:
        if self.granted_on and self.granted_on > timezone.localdate():
            raise ValidationError({"granted_on": "授予日期晚于今天，请核对。"})
        if not self.title_id:
            return
        wrong = {
            name: f"“{self.title}”授予{self.title.get_recipient_display()}，此项请留空。"
            for name, recipient in (("person", "person"), ("employer", "employer"))
            if getattr(self, f"{name}_id") and self.title.recipient != recipient
        }
        if self.union_id and self.title.recipient not in ("union", "place"):
            wrong["union"] = f"“{self.title}”授予{self.title.get_recipient_display()}，此项请留空。"
        if wrong:
            raise ValidationError(wrong)


class CollectiveAward(Award):
    """集体荣誉。The same rows as far as no person holds them: what may stand in a public roll.

    Read through `collective()` alone.
    """

    privacy = NO_PERSONAL_DATA

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "集体荣誉"
