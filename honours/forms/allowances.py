"""What proposing allowances and deciding on lists of them asks for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from core.forms import ScopedForm
from core.models import Organisation
from funds.models import Pool
from honours.models import AllowanceKind
from honours.models.allowances import OF_WANT

YEARS = 3
ADD = "honours.add_allowance"


class PoolField(forms.ModelChoiceField):
    """Pools with what is left of them."""

    def label_from_instance(self, pool: Pool) -> str:
        return f"{pool}（{pool.organisation}，余额 {pool.balance:,} 元）"


class _PaidForm(ScopedForm):
    """For which year, out of which pool."""

    year = forms.TypedChoiceField(label="年度", coerce=int)
    pool = PoolField(
        Pool.objects.all(), label="资金池", empty_label="请选择", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        self.fields["year"].choices = [
            (year, f"{year}年") for year in range(this, this - YEARS, -1)
        ]
        self.initial.setdefault("year", this)
        pools = self.fields["pool"].queryset.select_related("organisation")
        self.fields["pool"].queryset = pools.order_by("-year", "pk")


class ListForm(_PaidForm):
    """Whom to list for what is an amount a head."""

    kind = forms.ChoiceField(
        label="待遇",
        choices=[(key, label) for key, label in AllowanceKind.choices if key not in OF_WANT],
    )
    within = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="列出范围",
        empty_label="请选择",
        help_text="该工会及其下级",
    )
    field_order = ("kind", "year", "within", "pool")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["within"].queryset = Organisation.objects.visible_to(self.user, ADD)
        self.initial.setdefault("within", self.user.organisation_id)


class ProposeForm(_PaidForm):
    """One allowance for the holder `row`, reckoned from what is entered here."""

    kind = forms.ChoiceField(label="待遇", choices=[("", "请选择"), *AllowanceKind.choices])
    income = forms.DecimalField(
        label="上年收入（元）",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text="生活困难补助金填写",
    )
    loss = forms.DecimalField(
        label="自付费用或损失（元）",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text="特殊困难帮扶金填写：自付医疗费用或灾害损失",
    )
    occasion = forms.CharField(
        label="事由",
        required=False,
        max_length=60,
        help_text="特殊困难帮扶金同一年度有不同事由的，用事由区分；不写病情",
    )
    field_order = ("kind", "year", "income", "loss", "occasion", "pool")
