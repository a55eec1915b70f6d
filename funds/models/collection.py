"""What came in: batches of receipts, their lines, and the money that the bank saw."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Count, F, Q, Sum

from core.fields import NO_PERSONAL_DATA
from core.models import Job, Organisation, Proceeding, User
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.pools import money
from funds.rules.payments import CENT, Totals
from members.models import Employer


class FundKind(models.TextChoices):
    """缴费品目: what is paid, as the tax agency tells it apart (their codes: `TAX_ITEMS`)."""

    DUES = "dues", "工会经费"
    PREPARATION = "preparation", "建会筹备金"


TAX_ITEMS = {"399001010": FundKind.DUES, "399001020": FundKind.PREPARATION}


class CollectionBatch(Proceeding):
    """收缴批次。Receipts that were handed over together, with the totals of who handed them over.

    `organisation` is the union body that collects. Its lines count when it is distributed, and not
    before: a batch whose count or sum differs is refused whole. `job` distributes it.
    """

    class Channel(models.TextChoices):
        TAX = "tax", "税务代收"
        FISCAL = "fiscal", "财政划拨"
        DIRECT = "direct", "自行上缴"

    class State(models.TextChoices):
        RECEIVING = "receiving", "收录中"
        COUNTED = "counted", "已核总数"
        RECONCILED = "reconciled", "已对账"
        DISTRIBUTING = "distributing", "分配中"
        DISTRIBUTED = "distributed", "已分配"
        REFUSED = "refused", "已整批退回"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    channel = models.CharField(
        "收缴方式", max_length=6, choices=Channel.choices, default=Channel.TAX
    )
    number = models.CharField("批次号", max_length=40, help_text="移交清单上的编号")
    declared_count = models.PositiveIntegerField("移交笔数")
    declared_total = money("移交金额")
    note = models.CharField("说明", max_length=200, blank=True)
    difference_reason = models.CharField("对账差异说明", max_length=200, blank=True, editable=False)
    job = models.ForeignKey(
        Job, models.SET_NULL, verbose_name="分配任务", null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "收缴批次"
        ordering = ["-id"]
        permissions = [
            ("check_collectionbatch", "收缴批次对账"),
            ("distribute_collectionbatch", "收缴批次分配"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"],
                condition=~Q(state="refused"),
                name="collectionbatch_once",
                violation_error_message="该批次号已经登记。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.number}"

    @property
    def declared(self) -> Totals:
        return Totals(self.declared_count, self.declared_total)

    def totals(self) -> Totals:
        """Count 笔 and sum 元 of the lines as they are here."""
        found = self.lines.order_by().aggregate(count=Count("pk"), total=Sum("amount"))
        return Totals(found["count"], (found["total"] or Decimal(0)).quantize(CENT))

    def concerned(self) -> Iterable[bytes]:
        """Nobody in person: employers pay."""
        return []


class CollectionLineQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Those of batches that were not refused."""
        return self.filter(is_void=False)

    def distributed(self) -> Self:
        """Those that count: reconciled and distributed."""
        return self.filter(batch__state=CollectionBatch.State.DISTRIBUTED)

    def unmatched(self) -> Self:
        """The pool of those whose payer is not known yet (未匹配池)."""
        return self.standing().filter(match="")


class CollectionLine(ScopedModel):
    """缴款明细。One receipt (税票), or a refund of one (退库), as it was handed over.

    `amount` is in yuan and below zero for a refund, which names the receipt that it `reverses`
    where that is here. `organisation` is the union that paid, or for which its employer did; for an
    employer without a union the body whose territory it is in; for a payer that nobody knows yet
    who collects. `period_first` decides by which rules it is split. `credit_code` and
    `payer_name` stay as they were sent, whoever was found to be meant. Lines of a batch that was
    refused are `is_void`: its receipts may be handed over again.
    """

    class Match(models.TextChoices):
        CODE = "code", "信用代码"
        UNION = "union", "工会代码"
        ALIAS = "alias", "曾用识别号"
        HAND = "hand", "人工确认"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="所属工会", related_name="collected"
    )
    batch = models.ForeignKey(
        CollectionBatch, models.PROTECT, verbose_name="收缴批次", related_name="lines"
    )
    receipt_number = models.CharField("税票号", max_length=40)
    credit_code = models.CharField("纳税人识别号", max_length=20, blank=True)
    payer_name = models.CharField("缴费单位", max_length=120)
    fund_kind = models.CharField("品目", max_length=12, choices=FundKind.choices)
    period_first = models.DateField("所属期起")
    period_last = models.DateField("所属期止")
    wage_base = money("工资总额", null=True, blank=True)
    amount = money("金额")
    entry_on = models.DateField("入库日期")
    tax_office = models.CharField("征收机关", max_length=80, blank=True)
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="所退税票",
        null=True,
        blank=True,
        related_name="refunds",
    )
    employer = models.ForeignKey(
        Employer,
        models.PROTECT,
        verbose_name="用人单位",
        null=True,
        blank=True,
        related_name="collected",
    )
    union = models.ForeignKey(
        Organisation,
        models.PROTECT,
        verbose_name="基层工会",
        null=True,
        blank=True,
        related_name="paid_in",
    )
    match = models.CharField(
        "匹配方式", max_length=6, choices=Match.choices, blank=True, editable=False
    )
    is_void = models.BooleanField("已退回", default=False, editable=False)

    objects = CollectionLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "缴款明细"
        ordering = ["-id"]
        permissions = [
            ("export_collectionline", "导出缴款明细"),
            ("match_collectionline", "确认缴费单位"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt_number"],
                condition=Q(is_void=False),
                name="collectionline_receipt",
                violation_error_message="该税票号已经登记。",
            ),
            models.CheckConstraint(
                name="collectionline_not_nothing",
                condition=~Q(amount=0),
                violation_error_message="金额不能为 0。",
            ),
            models.CheckConstraint(
                name="collectionline_period",
                condition=Q(period_last__gte=F("period_first")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
            models.CheckConstraint(
                name="collectionline_refund",
                condition=Q(reverses__isnull=True) | Q(amount__lt=0),
                violation_error_message="退库的金额应小于 0。",
            ),
        ]
        indexes = [
            models.Index(fields=["employer", "period_first"], name="collectionline_employer"),
            models.Index(fields=["union", "period_first"], name="collectionline_union"),
            models.Index(fields=["entry_on"], name="collectionline_entry"),
            models.Index(fields=["credit_code"], name="collectionline_code"),
            models.Index(fields=["batch"], condition=Q(match=""), name="collectionline_unmatched"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_number} {self.payer_name} {self.amount:,}元"

    @property
    def period(self) -> datetime.date:
        """The first day of the month by which it is filed."""
        return self.period_first.replace(day=1)


class PayerAlias(ScopedModel):
    """曾用识别号。A tax number under which an employer pays though it is not its credit code.

    Kept when a line was matched by hand, so that nobody has to find the payer twice.
    """

    scope_by = "employer__organisation"
    privacy = NO_PERSONAL_DATA

    credit_code = models.CharField("纳税人识别号", max_length=20, unique=True)
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="payer_aliases"
    )
    by = models.ForeignKey(User, models.PROTECT, verbose_name="确认人")
    on = models.DateField("确认日期")

    class Meta:
        verbose_name = verbose_name_plural = "曾用识别号"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.credit_code} → {self.employer}"


class BankArrival(ScopedModel):
    """银行到账。Money that the bank booked for the collecting body, in a batch or not yet."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="收款工会")
    reference = models.CharField("银行流水号", max_length=40, unique=True)
    on = models.DateField("到账日期")
    amount = money("金额")
    payer = models.CharField("付款方", max_length=120, blank=True)
    remark = models.CharField("附言", max_length=200, blank=True)
    batch = models.ForeignKey(
        CollectionBatch,
        models.PROTECT,
        verbose_name="收缴批次",
        null=True,
        blank=True,
        related_name="arrivals",
    )

    class Meta:
        verbose_name = verbose_name_plural = "银行到账"
        ordering = ["-id"]
        permissions = [("export_bankarrival", "导出银行到账")]
        constraints = [
            models.CheckConstraint(
                name="bankarrival_not_nothing",
                condition=~Q(amount=0),
                violation_error_message="金额不能为 0。",
            )
        ]
        indexes = [models.Index(fields=["on"], name="bankarrival_on")]

    def __str__(self) -> str:
        return f"{self.on} {self.reference} {self.amount:,}元"


class WageDeclaration(ScopedModel):
    """工资申报。The total wages (工资总额) of an employer in a period, as it declared them."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="wages"
    )
    period_first = models.DateField("所属期起")
    period_last = models.DateField("所属期止")
    wages = money("工资总额")
    source = models.CharField("申报依据", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工资申报"
        ordering = ["-id"]
        permissions = [("export_wagedeclaration", "导出工资申报")]
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "period_first", "period_last"],
                name="wagedeclaration_once",
                violation_error_message="该单位这一所属期的工资已经申报。",
            ),
            models.CheckConstraint(
                name="wagedeclaration_period",
                condition=Q(period_last__gte=F("period_first")),
                violation_error_message="所属期止不能早于所属期起。",
            ),
            models.CheckConstraint(
                name="wagedeclaration_positive",
                condition=Q(wages__gt=0),
                violation_error_message="工资总额应大于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer} {self.period_first:%Y-%m} 至 {self.period_last:%Y-%m}"
