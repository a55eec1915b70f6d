"""What became due to whom: distributions, the parts of each receipt, dues, returns, adjustments."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA
from core.models import Organisation, Proceeding, User
from core.scope import ScopedModel, ScopedQuerySet
from funds.models.collection import CollectionBatch, CollectionLine
from funds.models.payables import Payable
from funds.models.pools import money
from funds.models.splits import SplitRule, SupportMeasure, adds_up
from funds.rules import shares
from members.models import Coverage

ZERO = Decimal("0.00")
KINDS = [(kind.value, kind.label) for kind in (Payable.Kind.RETURN, Payable.Kind.REBATE)]


class Distribution(ScopedModel):
    """分配单。One event by which money became due: its parts, its dues and its one journal entry.

    `organisation` is the body that holds the money and owes it. Appended, never changed: what was
    wrong is put right by another one.
    """

    class Kind(models.TextChoices):
        COLLECTION = "collection", "收缴分配"
        RESPLIT = "resplit", "重新分配"
        FOUNDING = "founding", "建会返还筹备金"
        CUSTODY = "custody", "代管经费转出"
        REBATE = "rebate", "小微企业返还"
        ADJUSTMENT = "adjustment", "应返调整"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="分配工会")
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    on = models.DateField("分配日期")
    reason = models.CharField("依据", max_length=200)
    batch = models.ForeignKey(
        CollectionBatch,
        models.PROTECT,
        verbose_name="收缴批次",
        null=True,
        related_name="distributions",
    )
    by = models.ForeignKey(User, models.PROTECT, verbose_name="办理人", null=True)
    at = models.DateTimeField("记录时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "分配单"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch"],
                condition=Q(kind="collection"),
                name="distribution_batch_once",
                violation_error_message="该收缴批次已经分配。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"


class AllocationQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        """The version that counts of each line."""
        return self.filter(is_live=True)

    def releasable(self, on: datetime.date) -> Self:
        """Of which something is held for an employer that has a union by that day."""
        covered = Coverage.objects.in_force(on).filter(employer=OuterRef("line__employer"))
        return self.live().filter(
            Exists(covered), ~Q(held=0), line__union=None, line__employer__isnull=False
        )


class Allocation(ScopedModel):
    """经费分成。The parts (元) of one receipt, by one version of the rules. They add up to it.

    `union`, `town` and `district` are whose the parts were on the day; a part that nobody stands
    for is `held` (代管) or falls to the level that collects. A later version replaces it, and both
    stay; `support` is what of `grassroots` stays there by a measure.
    """

    scope_by = "line__organisation"
    privacy = NO_PERSONAL_DATA

    line = models.ForeignKey(
        CollectionLine, models.PROTECT, verbose_name="缴款明细", related_name="allocations"
    )
    distribution = models.ForeignKey(
        Distribution, models.PROTECT, verbose_name="分配单", related_name="allocations"
    )
    is_live = models.BooleanField("有效", default=True)
    rule = models.ForeignKey(SplitRule, models.PROTECT, verbose_name="分成规则", null=True)
    measure = models.ForeignKey(SupportMeasure, models.PROTECT, verbose_name="缓减措施", null=True)
    union = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="基层工会", null=True, related_name="+"
    )
    town_union = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="乡镇（街道）工会", null=True, related_name="+"
    )
    district_union = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="区县（产业）工会", null=True, related_name="+"
    )
    amount = money("金额")
    grassroots = money("基层工会", default=ZERO)
    town = money("乡镇（街道）", default=ZERO)
    district = money("区县（产业）", default=ZERO)
    municipal = money("市级", default=ZERO)
    provincial = money("省级", default=ZERO)
    national = money("全国", default=ZERO)
    held = money("代管", default=ZERO)
    support = money("其中缓减留存", default=ZERO)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "经费分成"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="allocation_whole",
                condition=adds_up(F("amount"), within="0.005"),
                violation_error_message="各级分成合计应等于缴款金额。",
            ),
            models.UniqueConstraint(
                fields=["line"], condition=Q(is_live=True), name="allocation_live_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["line"],
                condition=Q(is_live=True) & ~Q(held=0),
                name="allocation_held",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line} 的分成"

    def parts(self) -> dict[str, Decimal]:
        return {level: getattr(self, level) for level in shares.LEVELS}


class Adjustment(Proceeding):
    """应返调整。What is owed to a union more or less for another reason than a receipt.

    `organisation` is to whom it is owed, `payer` who owes it; `amount` is signed.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", "期初应返"
        OFFSET = "offset", "抵扣"
        WITHHELD = "withheld", "抵扣欠缴"
        WRITE_OFF = "write_off", "核销"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        APPROVING = "approving", "待审批"
        BOOKED = "booked", "已入账"
        REFUSED = "refused", "未批准"

    privacy = NO_PERSONAL_DATA

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    payer = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="应付工会", related_name="adjustments_owed"
    )
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    amount = money("金额", help_text="增加应返为正数，减少为负数")
    period = models.DateField("所属月份", help_text="该月第一天")
    falls_due_on = models.DateField("应返日期")
    document_number = models.CharField("文号", max_length=60)
    reason = models.CharField("事由", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "应返调整"
        ordering = ["-id"]
        permissions = [("approve_adjustment", "审批应返调整")]
        constraints = [
            models.CheckConstraint(
                name="adjustment_not_nothing",
                condition=~Q(amount=0),
                violation_error_message="金额不能为 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_kind_display()} {self.amount:,}元"

    def concerned(self) -> Iterable[bytes]:
        """Nobody in person: unions are paid."""
        return []

    def bound(self) -> str:
        """Between whom, how much, for which month, due when, by which document."""
        told = [self.organisation_id, self.payer_id, self.kind, self.amount, self.period]
        return "\n".join(map(str, [*told, self.falls_due_on, self.document_number, self.reason]))


class ReturnQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        return self.exclude(state=Return.State.CANCELLED)


class Return(ScopedModel):
    """返还单。Everything that was due to one union by a day, to be paid at once.

    Its amount is that of its dues. `paid_on` is the day on which the bank confirmed it, empty again
    when the money came back (退票).
    """

    class State(models.TextChoices):
        OPEN = "open", "支付中"
        PAID = "paid", "已返还"
        CANCELLED = "cancelled", "已撤销"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="收款工会", related_name="returns"
    )
    payer = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="返还工会", related_name="returns_paid"
    )
    kind = models.CharField("类别", max_length=12, choices=KINDS)
    until = models.DateField("应返截止日")
    amount = money("金额")
    state = models.CharField(
        "状态", max_length=12, choices=State.choices, default=State.OPEN, editable=False
    )
    payable = models.OneToOneField(
        Payable, models.PROTECT, verbose_name="应付款", null=True, editable=False
    )
    paid_on = models.DateField("返还日期", null=True, editable=False)
    made_on = models.DateField("制单日期")
    by = models.ForeignKey(User, models.PROTECT, verbose_name="制单人")

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "返还单"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="return_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="return_paid_dated",
                condition=Q(state="paid", paid_on__isnull=False)
                | (~Q(state="paid") & Q(paid_on__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["paid_on"], name="return_paid")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_kind_display()} {self.amount:,}元"


class DueQuerySet(ScopedQuerySet):
    def booked(self, on: datetime.date) -> Self:
        """Those in the books by that day, due or not."""
        return self.filter(booked_on__lte=on)

    def due(self, on: datetime.date) -> Self:
        """应返: in the books and due by that day, but for what is held in custody."""
        return self.booked(on).filter(due_on__lte=on, is_custody=False)

    def unpaid(self, on: datetime.date) -> Self:
        """Those that were not with their union yet, as it is known now."""
        return self.exclude(returned_by__paid_on__lte=on)

    def held(self) -> Self:
        """Those in custody that were not released yet."""
        return self.filter(is_custody=True, released_by=None)

    def releasable(self) -> Self:
        """In custody for a union that has an account of its own by now."""
        return self.held().filter(organisation__profile__has_own_account=True)

    def unreturned(self) -> Self:
        """Those that no return has taken yet; what is in custody is not to be returned."""
        return self.filter(returned_by__isnull=True, is_custody=False)


class Due(ScopedModel):
    """应返台账。What became due to one union (`organisation`) by one distribution, for one month.

    `amount` is signed: a refund, a re-split or an adjustment takes back. `period` is the first day
    of the month the money was paid for, `due_on` when it should be with the union, `booked_on` the
    day of its distribution. In custody (代管) it waits until the union has an account of its
    own, and is released by another distribution.
    """

    class Source(models.TextChoices):
        SHARE = "share", "经费分成"
        PREPARATION = "preparation", "筹备金返还"
        CUSTODY = "custody", "代管转出"
        REBATE = "rebate", "小微企业返还"
        ADJUSTMENT = "adjustment", "调整"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="应返工会", related_name="dues"
    )
    distribution = models.ForeignKey(
        Distribution, models.PROTECT, verbose_name="分配单", related_name="dues"
    )
    payer = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="应付工会", related_name="dues_owed"
    )
    source = models.CharField("来源", max_length=12, choices=Source.choices)
    period = models.DateField("所属月份")
    due_on = models.DateField("应返日期")
    booked_on = models.DateField("入账日期")
    amount = money("金额")
    is_custody = models.BooleanField("代管", default=False)
    released_by = models.ForeignKey(
        Distribution, models.PROTECT, verbose_name="转出", null=True, related_name="released"
    )
    returned_by = models.ForeignKey(
        Return, models.PROTECT, verbose_name="返还单", null=True, related_name="dues"
    )
    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, verbose_name="调整", null=True, related_name="due"
    )
    rebate = models.OneToOneField(
        "funds.Rebate", models.PROTECT, verbose_name="返还资格", null=True, related_name="due"
    )

    objects = DueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "应返台账"
        ordering = ["-id"]
        permissions = [("export_due", "导出应返台账")]
        constraints = [
            models.CheckConstraint(name="due_not_nothing", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="due_custody",
                condition=Q(is_custody=True, returned_by__isnull=True)
                | Q(is_custody=False, released_by__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_on"], name="due_organisation"),
            models.Index(
                fields=["organisation"],
                condition=Q(returned_by__isnull=True, is_custody=False),
                name="due_open",
            ),
            models.Index(
                fields=["organisation"],
                condition=Q(is_custody=True, released_by__isnull=True),
                name="due_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.period:%Y年%m月} {self.amount:,}元"
