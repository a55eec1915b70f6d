"""Batches, each a procedure; the tries to pay in them; what the bank said; how banks want files."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils import timezone

from core import masking
from core.fields import NO_PERSONAL_DATA, BlindIndexField, EncryptedTextField, Privacy
from core.models import Organisation, Proceeding, StoredFile, User
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.payables import Payable
from funds.models.pools import money
from funds.rules import bank_files, payments


class BankLayout(models.Model):
    """银行文件格式。How one bank wants its file: columns, order, headings, spelling of amounts."""

    class Format(models.TextChoices):
        CSV = "csv", "文本（.csv）"
        XLSX = "xlsx", "工作簿（.xlsx）"

    class Encoding(models.TextChoices):
        GB18030 = "gb18030", "GB18030"
        UTF8 = "utf-8", "UTF-8"

    class AmountStyle(models.TextChoices):
        YUAN = "yuan", "元，两位小数"
        FEN = "fen", "分，整数"

    privacy = NO_PERSONAL_DATA

    code = models.SlugField("编码", max_length=40, unique=True)
    label = models.CharField("名称", max_length=60)
    format = models.CharField("文件类型", max_length=4, choices=Format.choices)
    encoding = models.CharField(
        "字符编码", max_length=8, choices=Encoding.choices, default=Encoding.GB18030
    )
    amount_style = models.CharField(
        "金额写法", max_length=4, choices=AmountStyle.choices, default=AmountStyle.YUAN
    )
    columns = models.JSONField(
        "各列", help_text="按顺序列出：[[“字段”, “列名”], …]，字段见操作说明"
    )
    has_headings = models.BooleanField("有列名行", default=True)
    header = models.JSONField("首行控制信息", default=list, blank=True)
    footer = models.JSONField("末行控制信息", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "银行文件格式"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        try:
            bank_files.check_layout(self.as_data())
        except payments.Invalid as error:
            raise ValidationError(str(error)) from error

    def as_data(self) -> dict[str, Any]:
        """What `rules` write a file by, and what a batch keeps of it."""
        names = ["format", "encoding", "amount_style", "columns", "has_headings"]
        return {name: getattr(self, name) for name in [*names, "header", "footer"]}


class PaymentBatch(Proceeding):
    """支付批次。Payments that are made, checked, approved and sent to the bank together.

    `count`, `total`, `sha256`, `layout_used` and `file` are those of the bank file, set when it is
    made, once for each approval. `sendings` counts how often it was handed to the bank.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        CHECKING = "checking", "待复核"
        APPROVING = "approving", "待审批"
        APPROVED = "approved", "已审批"
        FILED = "filed", "已生成银行文件"
        SENT = "sent", "已报送银行"
        RESENDING = "resending", "待同意重新报送"
        SETTLED = "settled", "银行已回单"
        VOID = "void", "已作废"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    title = models.CharField("批次名称", max_length=80)
    layout = models.ForeignKey(BankLayout, models.PROTECT, verbose_name="银行文件格式")
    layout_used = models.JSONField("所用格式", null=True, editable=False)
    count = models.PositiveIntegerField("笔数", default=0, editable=False)
    total = money("金额", default=Decimal("0.00"), editable=False)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, editable=False)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="银行文件", null=True, editable=False
    )
    sendings = models.PositiveSmallIntegerField("报送次数", default=0, editable=False)
    created_at = models.DateTimeField("建立时间", default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "支付批次"
        ordering = ["-id"]
        permissions = [
            ("check_paymentbatch", "复核支付批次"),
            ("approve_paymentbatch", "审批支付批次"),
            ("pay_paymentbatch", "报送支付批次"),
            ("settle_paymentbatch", "登记银行回单"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """支付批次号。"""
        return f"ZF{self.pk:08}" if self.pk else "ZF"

    def lines(self) -> "PaymentQuerySet":
        """The payments that the batch consists of, in the order of their numbers."""
        mine = Payment.objects.filter(batch_id=self.pk)
        return mine.exclude(result=Payment.Result.DROPPED).order_by("line")

    def sums(self) -> tuple[int, Decimal]:
        """Count 笔 and sum 元 of the lines."""
        found = self.lines().order_by().aggregate(count=Count("pk"), total=Sum("amount"))
        return found["count"], (found["total"] or Decimal(0)).quantize(payments.CENT)

    def concerned(self) -> Iterable[bytes]:
        """The persons who are paid in it."""
        persons = self.lines().filter(payable__payee_kind=Payable.PayeeKind.PERSON)
        return set(persons.order_by().values_list("payable__payee_index", flat=True))

    def bound(self) -> str:
        """Who is paid how much to which account: as the line says it and as the payable does."""
        return bound_text(self.lines().select_related("payable"))


class PaymentQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        return self.filter(result__in=[Payment.Result.PENDING, Payment.Result.DONE])


class Payment(ScopedModel):
    """付款。One try to pay one payable in one batch, with the account that was tried.

    `result` is what came of it; a try that bounced stays, and the next is another row.
    """

    class Result(models.TextChoices):
        PENDING = "pending", "未回单"
        DONE = "done", "支付成功"
        BOUNCED = "bounced", "退票"
        DROPPED = "dropped", "已移出"

    privacy = Privacy(
        purpose="资金支付（会计法会计档案要求）",
        retention="会计凭证保管期三十年",
        masked={"payee_name": masking.name},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    batch = models.ForeignKey(
        PaymentBatch, models.PROTECT, verbose_name="支付批次", related_name="payments"
    )
    payable = models.ForeignKey(
        Payable, models.PROTECT, verbose_name="应付款", related_name="payments"
    )
    line = models.PositiveIntegerField("序号")
    reference = models.CharField("付款流水号", max_length=20, unique=True)
    payee_name = models.CharField("收款人", max_length=100)
    bank = models.CharField("开户行", max_length=100)
    account = EncryptedTextField("收款账号", mask=masking.account, null=False, blank=False)
    account_index = BlindIndexField(of="account", use="funds.payable.account")
    amount = money("金额")
    result = models.CharField(
        "结果", max_length=8, choices=Result.choices, default=Result.PENDING, editable=False
    )
    bank_reason = models.CharField("银行说明", max_length=200, blank=True, editable=False)
    result_on = models.DateField("回单日期", null=True, editable=False)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="payment_line_once"),
            models.UniqueConstraint(
                fields=["payable"],
                condition=Q(result__in=["pending", "done"]),
                name="payment_live_once",
                violation_error_message="该应付款已在其他批次中支付，不能重复支付。",
            ),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_result_dated",
                condition=Q(result__in=["pending", "dropped"], result_on__isnull=True)
                | Q(result__in=["done", "bounced"], result_on__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["result", "result_on"], name="payment_result")]

    def __str__(self) -> str:
        return f"{self.reference} {self.payee_name} {self.amount:,}元"

    @property
    def payee(self) -> str:
        """The payee as lists show him: a person masked."""
        if self.payable.payee_kind == Payable.PayeeKind.PERSON:
            return masking.name(self.payee_name)
        return self.payee_name

    @property
    def masked_label(self) -> str:
        return f"{self.reference} {self.payee} {self.amount:,}元"

    def as_line(self) -> payments.Line:
        """What the bank is told."""
        return payments.Line(
            number=self.line,
            reference=self.reference,
            payee=self.payee_name,
            account=self.account.clear(),
            bank=self.bank,
            amount=self.amount,
            purpose=self.payable.reason,
        )

    def owed(self) -> payments.Line:
        """The same as the payable says it now."""
        owed = self.payable
        return payments.Line(
            number=self.line,
            reference=self.reference,
            payee=owed.payee_name,
            account=owed.account.clear(),
            bank=owed.bank,
            amount=owed.amount,
            purpose=owed.reason,
        )


def bound_text(lines: Iterable[Payment]) -> str:
    """What is bound by a decision on these lines."""
    told: list[str] = []
    for line in lines:
        index = bytes(line.payable.payee_index).hex()
        told += [payments.canonical(line.as_line(), index), payments.canonical(line.owed(), index)]
    return "\n".join(told)


class AccountConfirmation(ScopedModel):
    """账户共用确认。The checker's word why one account may serve payees of different identity.

    `payees` is the digest of those whom he saw; with another payee it is asked again.
    """

    scope_by = "batch__organisation"
    privacy = NO_PERSONAL_DATA

    batch = models.ForeignKey(
        PaymentBatch, models.PROTECT, verbose_name="支付批次", related_name="confirmations"
    )
    account_index = models.BinaryField("账号索引", editable=False)
    payees = models.CharField("收款人摘要", max_length=64)
    reason = models.CharField("确认理由", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="确认人")
    at = models.DateTimeField("确认时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "账户共用确认"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "account_index", "payees"], name="accountconfirmation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch}：{self.reason}"


class BankResult(ScopedModel):
    """银行回单。What the bank said of one payment, as it came in; booked when its batch is settled.

    Until then it may be mended by another import, or taken back.
    """

    class Outcome(models.TextChoices):
        DONE = "done", "成功"
        BOUNCED = "bounced", "失败"

    scope_by = "payment__batch__organisation"
    privacy = NO_PERSONAL_DATA

    payment = models.OneToOneField(
        Payment, models.PROTECT, verbose_name="付款", related_name="bank_result"
    )
    amount = money("金额")
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    reason = models.CharField("失败原因", max_length=200, blank=True)
    on = models.DateField("回单日期")

    class Meta:
        verbose_name = verbose_name_plural = "银行回单"
        ordering = ["-id"]
        permissions = [("export_bankresult", "导出银行回单")]
        constraints = [
            models.CheckConstraint(
                name="bankresult_reason",
                condition=Q(outcome="done") | ~Q(reason=""),
                violation_error_message="失败的付款应写明原因。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment.reference} {self.get_outcome_display()}"
