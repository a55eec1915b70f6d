"""The books: double entry, never edited, corrected by reversal (migration 0002 holds it)."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, User
from core.scope import ScopedModel
from funds.models.batches import Payment
from funds.models.distributions import Distribution
from funds.models.payables import Payable
from funds.models.pools import money


class Account(models.Model):
    """会计科目。An account of the union chart (工会会计制度); rows, as charts are revised.

    `role` names what the payment engine posts to it, empty for all others.
    """

    class Role(models.TextChoices):
        BANK = "bank", "银行存款"
        TRANSIT = "transit", "在途支付"
        OWED = "owed", "应付"
        INCOME = "income", "拨缴经费收入"
        UPPER_MUNICIPAL = "upper_municipal", "应付市级经费"
        UPPER_PROVINCIAL = "upper_provincial", "应付省级经费"
        UPPER_NATIONAL = "upper_national", "应付全国经费"
        HELD = "held", "代管经费"
        RETURN_OWED = "return_owed", "应付下级经费（已审批）"
        RETURN_TRANSIT = "return_transit", "应付下级经费（在途）"
        GRANT = "grant", "困难帮扶金支出"
        RETURN = "return", "应付下级经费"
        REBATE = "rebate", "小微企业经费返还支出"
        ALLOWANCE = "allowance", "荣誉津贴支出"
        OTHER = "other", "其他支出"

    privacy = NO_PERSONAL_DATA

    code = models.CharField("科目编码", max_length=12, unique=True)
    name = models.CharField("科目名称", max_length=60)
    role = models.CharField("入账用途", max_length=20, choices=Role.choices, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "会计科目"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["role"],
                condition=~models.Q(role=""),
                name="account_role_once",
                violation_error_message="该入账用途已经指定了科目。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def clean(self) -> None:
        """What was posted under a role stays under it: the books are added up by roles."""
        stored = type(self).objects.filter(pk=self.pk).first()
        if stored and stored.role != self.role and stored.postings.exists():
            raise ValidationError(
                {"role": "该科目已有分录，不能改变入账用途，请修改科目编码或名称。"}
            )


class JournalEntry(ScopedModel):
    """记账凭证（草稿）。One event of money in the books; its postings add up to nothing."""

    class Kind(models.TextChoices):
        DISTRIBUTED = "distributed", "经费分配"
        COMMITTED = "committed", "审批确认应付"
        SENT = "sent", "报送银行"
        CONFIRMED = "confirmed", "银行确认支付"
        REVERSAL = "reversal", "冲销"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    on = models.DateField("日期")
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    payable = models.ForeignKey(
        Payable, models.PROTECT, verbose_name="应付款", related_name="entries", null=True
    )
    distribution = models.OneToOneField(
        Distribution, models.PROTECT, verbose_name="分配单", related_name="entry", null=True
    )
    payment = models.ForeignKey(
        Payment, models.PROTECT, verbose_name="付款", related_name="entries", null=True
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name="所冲销的凭证", related_name="reversal", null=True
    )
    by = models.ForeignKey(User, models.PROTECT, verbose_name="办理人", null=True)
    at = models.DateTimeField("记录时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "记账凭证"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=models.Q(kind__in=["sent", "confirmed"]),
                name="journalentry_payment_once",
            ),
            models.CheckConstraint(
                name="journalentry_event",
                condition=models.Q(
                    kind="distributed", distribution__isnull=False, payable__isnull=True
                )
                | (
                    ~models.Q(kind="distributed")
                    & models.Q(distribution__isnull=True, payable__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="journalentry_reversal",
                condition=models.Q(kind="reversal", reverses__isnull=False)
                | (~models.Q(kind="reversal") & models.Q(reverses__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"


class Posting(ScopedModel):
    """分录。One amount on one account: debit (借) above zero, credit (贷) below.

    `payee` is the union for which it is owed or held, where that is what the account is about.
    """

    scope_by = "entry__organisation"
    privacy = NO_PERSONAL_DATA

    entry = models.ForeignKey(
        JournalEntry, models.PROTECT, verbose_name="记账凭证", related_name="postings"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name="科目", related_name="postings"
    )
    amount = money("金额")
    payee = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="往来工会", null=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "分录"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["payee", "account"],
                condition=models.Q(payee__isnull=False),
                name="posting_payee",
            )
        ]
        constraints = [
            models.CheckConstraint(name="posting_not_nothing", condition=~models.Q(amount=0))
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount:,}"
