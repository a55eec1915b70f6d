"""What is owed to somebody, and how its account was corrected."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import masking
from core.fields import PERSON, BlindIndexField, EncryptedTextField, Privacy
from core.models import Organisation, User
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.pools import Pool, money
from funds.rules import payments
from members.models import Person


class PayableQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        return self.exclude(state=Payable.State.CANCELLED)

    def waiting(self) -> Self:
        """Those that may be put into a batch."""
        return self.filter(state=Payable.State.WAITING)

    def of(self, source: models.Model) -> Self:
        return self.filter(object_type=source._meta.label, object_id=str(source.pk))


class Payable(ScopedModel):
    """应付款。What one payee is to be paid for one reason, out of one pool.

    What is returned of the union's dues has no pool: it is in the books as owed already.
    `object_type` and `object_id` name the row that it is paid for, of whatever app: at most one
    live payable stands for it. `approved_on` is the day on which its batch was approved, empty
    before. It is written by `funds.services.payables` and the steps of its batches only.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", "困难帮扶金"
        RETURN = "return", "经费返还"
        REBATE = "rebate", "小微企业经费返还"
        ALLOWANCE = "allowance", "荣誉津贴"
        OTHER = "other", "其他"

    class PayeeKind(models.TextChoices):
        PERSON = "person", "个人"
        UNION = "union", "工会组织"
        EMPLOYER = "employer", "用人单位"

    class State(models.TextChoices):
        WAITING = "waiting", "待支付"
        BATCHED = "batched", "支付中"
        PAID = "paid", "已支付"
        BOUNCED = "bounced", "退票待更正"
        CANCELLED = "cancelled", "已撤销"

    privacy = Privacy(
        purpose="资金支付（会计法会计档案要求）",
        retention="会计凭证保管期三十年",
        masked={"payee_name": masking.name},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    pool = models.ForeignKey(
        Pool, models.PROTECT, verbose_name="资金池", related_name="payables", null=True, blank=True
    )
    object_type = models.CharField("事项类型", max_length=80, editable=False)
    object_id = models.CharField("事项编号", max_length=40, editable=False)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    reason = models.CharField("事由", max_length=100)
    payee_kind = models.CharField("收款人类型", max_length=12, choices=PayeeKind.choices)
    payee_name = models.CharField("收款人", max_length=100)
    certificate_type = models.CharField(
        "证件类型",
        max_length=20,
        choices=Person.CertificateType.choices,
        default=Person.CertificateType.RESIDENT,
    )
    payee_number = EncryptedTextField(
        "证件号码（信用代码）", mask=masking.number, null=False, blank=False
    )
    payee_index = BlindIndexField(of="payee_number", use=PERSON)
    bank = models.CharField("开户行", max_length=100)
    account = EncryptedTextField("收款账号", mask=masking.account, null=False, blank=False)
    account_index = BlindIndexField(of="account")
    amount = money("金额")
    state = models.CharField(
        "状态", max_length=12, choices=State.choices, default=State.WAITING, editable=False
    )
    approved_on = models.DateField("审批日期", null=True, editable=False)
    claimed_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人")
    claimed_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = PayableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "应付款"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id"],
                condition=~Q(state="cancelled"),
                name="payable_once",
                violation_error_message="该事项已经登记了应付款，不能重复支付。",
            ),
            models.CheckConstraint(
                name="payable_from_pool",
                condition=Q(pool__isnull=False) | Q(kind__in=["return", "rebate"]),
                violation_error_message="请选择资金池。",
            ),
            models.CheckConstraint(
                name="payable_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="金额应大于 0。",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="payable_state"),
            models.Index(fields=["account_index"], name="payable_account"),
        ]

    def __str__(self) -> str:
        return f"{self.payee_name} {self.amount:,}元"

    @property
    def is_return(self) -> bool:
        """Whether it is paid out of what the books owe its union already, and not out of a pool."""
        return self.pool_id is None

    @property
    def source_of_money(self) -> str:
        """资金来源: that of its pool, or the dues that are returned."""
        return self.pool.get_source_display() if self.pool else "经费返还"

    @property
    def payee(self) -> str:
        """The payee as lists show him: a person masked."""
        if self.payee_kind == self.PayeeKind.PERSON:
            return masking.name(self.payee_name)
        return self.payee_name

    @property
    def masked_label(self) -> str:
        return f"{self.payee} {self.amount:,}元"

    def payee_number_key(self) -> str:
        """A person is known by his certificate, another payee by its kind and code."""
        person = self.payee_kind == self.PayeeKind.PERSON
        kind = self.certificate_type if person else self.payee_kind
        return f"{kind}:{self.payee_number.clear()}"

    def clean(self) -> None:
        found = {}
        for name, rule in (("payee_name", payments.payee_name), ("bank", payments.payee_name)):
            try:
                setattr(self, name, rule(getattr(self, name)))
            except payments.Invalid as error:
                found[name] = str(error)
        try:
            self.account = payments.account_number(self.account.clear() if self.account else "")
        except payments.Invalid as error:
            found["account"] = str(error)
        if found:
            raise ValidationError(found)


class AccountCorrection(ScopedModel):
    """账户更正。The account of a payable as it was before and after; appended, never changed."""

    scope_by = "payable__organisation"
    privacy = Privacy(purpose="退票后更正收款账户的留痕", retention="会计凭证保管期三十年")

    payable = models.ForeignKey(
        Payable, models.PROTECT, verbose_name="应付款", related_name="corrections"
    )
    former_bank = models.CharField("原开户行", max_length=100)
    former_account = EncryptedTextField("原账号", mask=masking.account, null=False, blank=False)
    bank = models.CharField("开户行", max_length=100)
    account = EncryptedTextField("账号", mask=masking.account, null=False, blank=False)
    reason = models.CharField("更正依据", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="更正人")
    at = models.DateTimeField("更正时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "账户更正"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.former_account} → {self.account}"

    @property
    def on(self) -> datetime.date:
        return timezone.localdate(self.at)
