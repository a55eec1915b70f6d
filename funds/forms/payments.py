"""What the services of money ask people for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from funds.models import BankLayout, Payable, Pool


def _amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}（元）", min_value=Decimal(0), max_digits=14, decimal_places=2
    )


class SettleForm(ScopedForm):
    """The totals on the bank's own receipt."""

    fieldsets = (
        ("成功", ("done_count", "done_total")),
        ("失败（退票）", ("bounced_count", "bounced_total")),
    )

    done_count = forms.IntegerField(label="成功笔数", min_value=0)
    done_total = _amount("成功金额")
    bounced_count = forms.IntegerField(label="失败笔数", min_value=0)
    bounced_total = _amount("失败金额")


class BatchForm(ScopedForm):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="付款工会")
    title = forms.CharField(label="批次名称", max_length=80, help_text="如“2026年10月生活救助”")
    layout = forms.ModelChoiceField(BankLayout.objects.all(), label="银行文件格式")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.visible_to(self.user, "funds.add_paymentbatch")
        self.fields["organisation"].queryset = mine
        self.fields["organisation"].initial = mine.order_by("path").first()


class IncludeForm(ScopedForm):
    """Which of the waiting payables come into a batch."""

    pool = forms.ModelChoiceField(
        Pool.objects.all(), label="资金池", required=False, empty_label="全部资金池"
    )
    kind = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部类别"), *Payable.Kind.choices]
    )
    until = forms.DateField(
        label="登记日期不晚于", initial=timezone.localdate, help_text="此日以后登记的留待下一批次。"
    )

    def chosen(self, **chosen: Any) -> QuerySet[Payable]:
        """The payables that the fields name; the service takes of them those that wait."""
        rows = Payable.objects.visible_to(self.user).filter(claimed_at__date__lte=chosen["until"])
        if chosen["pool"]:
            rows = rows.filter(pool=chosen["pool"])
        return rows.filter(kind=chosen["kind"]) if chosen["kind"] else rows


class LineForm(ScopedForm):
    line = forms.IntegerField(label="序号", min_value=1, help_text="要移出的付款在批次中的序号。")


class ConfirmForm(ScopedForm):
    """An account that several payees share, and why that is right."""

    account = forms.ChoiceField(label="收款账号")
    reason = forms.CharField(
        label="确认理由",
        min_length=4,
        max_length=200,
        help_text="例如：已电话核实，两人为夫妻，共用一张银行卡。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CorrectForm(ScopedForm):
    """The right account of a payee whose payment bounced."""

    bank = forms.CharField(label="开户行", max_length=100)
    account = forms.CharField(
        label="收款账号", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(
        label="更正依据",
        min_length=4,
        max_length=200,
        help_text="例如：收款人提交的银行卡复印件。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BounceForm(ScopedForm):
    on = forms.DateField(label="退票日期", initial=timezone.localdate)
    reason = forms.CharField(
        label="银行说明", min_length=2, max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
