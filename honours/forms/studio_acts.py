"""What staff are asked for beside the steps of a studio."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from funds.models import FundSource, Pool
from honours.forms.studio_steps import not_ahead, past
from honours.forms.studios import chosen
from honours.models.studio_work import GrantPurpose
from honours.rules import studios as rules


class YearForm(ScopedForm):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("year", timezone.localdate().year)


class AssessForm(YearForm):
    score = forms.DecimalField(
        label="得分",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        help_text="满分 100 分；当年立项课题不足的，不论得分均为不合格",
    )
    note = forms.CharField(label="考核意见", max_length=200, required=False)


class HavesForm(ScopedForm):
    """七有 as they are seen on a day."""

    on = past("核查日期")
    items = forms.MultipleChoiceField(
        label="七有",
        choices=rules.HAVES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="原已核实的保留原日期；取消勾选的从清单中移除",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())
        if self.row is not None:
            self.initial.setdefault("items", list(self.row.haves.values_list("item", flat=True)))

    def clean_on(self) -> Any:
        return not_ahead(self.cleaned_data["on"])


class GrantForm(ScopedForm):
    purpose = chosen("事由", GrantPurpose.choices)
    source = chosen("资金来源", FundSource.choices)


class PoolField(forms.ModelChoiceField):
    def label_from_instance(self, pool: Pool) -> str:
        return f"{pool}（{pool.organisation}，余额 {pool.balance:,} 元）"


class ApproveGrantForm(ScopedForm):
    """Out of which pool the grant `row` is paid."""

    pool = PoolField(
        Pool.objects.all(), label="资金池", empty_label="请选择", help_text="资金来源与所登记的一致"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = self.fields["pool"].queryset.select_related("organisation")
        self.fields["pool"].queryset = pools.filter(source=self.row.source)
