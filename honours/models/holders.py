"""Whom titles of model workers bring benefits: how they live now, confirmed once a year."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from core import masking
from core.fields import EncryptedTextField, Privacy
from core.models import Organisation, User
from core.rules import Invalid
from core.scope import ScopedModel, ScopedQuerySet
from honours.models.awards import Award
from honours.models.catalogue import Title
from members.models import Person
from members.rules import contacts

RETENTION = "永久（荣誉档案）"
# 劳动模范 of enterprises and farms, 先进工作者 of organs and institutions: one honour, two names.
MODEL_KINDS = (Title.Kind.MODEL_WORKER.value, Title.Kind.ADVANCED_WORKER.value)


class Status(models.TextChoices):
    IN_SERVICE = "in_service", "在职"
    RETIRED = "retired", "退休"
    DECEASED = "deceased", "去世"


class HolderQuerySet(ScopedQuerySet):
    def living(self) -> Self:
        return self.exclude(status=Status.DECEASED)

    def with_title(self, on: datetime.date, *, since: datetime.date | None = None) -> Self:
        """Each with `award` (key) and `level` of the highest model title held on the day, of those
        that were given by the day `since`."""
        held = Award.objects.standing(on).filter(
            person=OuterRef("person"), title__kind__in=MODEL_KINDS, granted_on__lte=since or on
        )
        best = held.order_by("title__rank", "granted_on", "pk")
        return self.annotate(
            award=Subquery(best.values("pk")[:1]), level=Subquery(best.values("level")[:1])
        )

    def entitled(self, on: datetime.date, *, since: datetime.date | None = None) -> Self:
        """Those alive who hold a model title on the day, with it; see `with_title`."""
        return self.living().with_title(on, since=since).filter(award__isnull=False)

    def with_confirmation(self, year: int) -> Self:
        """Each with `is_confirmed`: whether somebody has for the year."""
        made = Confirmation.objects.filter(holder=OuterRef("pk"), year=year)
        return self.annotate(is_confirmed=Exists(made))

    def unconfirmed(self, year: int) -> Self:
        """Those alive whom nobody has confirmed for the year."""
        return self.living().with_confirmation(year).filter(is_confirmed=False)


class Holder(ScopedModel):
    """劳模档案。A registered person who holds a title of model workers: how he lives now.

    `organisation` is the union that looks after him. Status, phone and address are those of the
    last confirmation; benefits are paid to `account`, in his own name.
    """

    privacy = Privacy(purpose="劳模日常管理、走访慰问和待遇落实", retention=RETENTION)

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="管理工会")
    person = models.OneToOneField(
        Person, models.PROTECT, verbose_name="会员", related_name="honours_file"
    )
    status = models.CharField(
        "状态", max_length=12, choices=Status.choices, default=Status.IN_SERVICE
    )
    status_since = models.DateField(
        "状态起始日期", null=True, blank=True, help_text="退休日期、去世日期"
    )
    phone = EncryptedTextField("联系电话", mask=masking.phone)
    address = EncryptedTextField("住址", mask=masking.address)
    bank = models.CharField("开户银行", max_length=100, blank=True)
    account = EncryptedTextField("银行账号", mask=masking.account)
    confirmed_on = models.DateField("最近确认日期", null=True, blank=True, editable=False)

    objects = HolderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "劳模档案"
        ordering = ["id"]
        permissions = [
            ("reveal_holder", "查看劳模联系方式和账号原文"),
            ("confirm_holder", "确认劳模现状"),
        ]
        constraints = [
            models.CheckConstraint(
                name="holder_end_known",
                condition=~Q(status="deceased") | Q(status_since__isnull=False),
                violation_error_message="去世的请填写去世日期。",
            )
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="holder_organisation")]

    def __str__(self) -> str:
        """Masked: it stands above the record and in its links."""
        return self.masked_label

    @property
    def masked_label(self) -> str:
        return masking.name(self.person.name)

    @property
    def is_living(self) -> bool:
        return self.status != Status.DECEASED

    def clean(self) -> None:
        wrong = _wrong(self)
        if bool(self.bank) != bool(self.account):
            wrong["bank"] = "开户银行和银行账号应同时填写。"
        if wrong:
            raise ValidationError(wrong)


def _wrong(row: "Holder | Confirmation") -> dict[str, str]:
    """What of status and phone does not hold; the phone gets its one form."""
    wrong: dict[str, str] = {}
    if row.status_since and row.status_since > timezone.localdate():
        wrong["status_since"] = "状态起始日期晚于今天，请核对。"
    if row.status == Status.DECEASED and not row.status_since:
        wrong["status_since"] = "去世的请填写去世日期。"
    if row.phone:
        try:
            row.phone = _phone(row.phone.clear())
        except Invalid as error:
            wrong["phone"] = error.message
    return wrong


def _phone(text: str) -> str:
    """The old often have a telephone at home only."""
    is_mobile = len(text) == 11 and text.startswith("1")
    return (contacts.mobile if is_mobile else contacts.landline)(text).value


class Confirmation(ScopedModel):
    """年度确认。What was found of a holder in a year: alive or not, where, by whom."""

    scope_by = "holder__organisation"
    privacy = Privacy(purpose="劳模现状一年一确认", retention=RETENTION)

    holder = models.ForeignKey(
        Holder, models.PROTECT, verbose_name="劳模档案", related_name="confirmations"
    )
    year = models.PositiveSmallIntegerField("年度")
    status = models.CharField("状态", max_length=12, choices=Status.choices)
    status_since = models.DateField("状态起始日期", null=True, blank=True)
    phone = EncryptedTextField("联系电话", mask=masking.phone)
    address = EncryptedTextField("住址", mask=masking.address)
    confirmed_on = models.DateField("确认日期", default=timezone.localdate)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="确认人", editable=False, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "年度确认"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "year"],
                name="confirmation_once",
                violation_error_message="该劳模本年度的现状已经确认。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.get_status_display()}"

    def clean(self) -> None:
        if wrong := _wrong(self):
            raise ValidationError(wrong)
