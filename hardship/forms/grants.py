"""What laying down and approving grants asks for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget

from core.errors import Refused
from core.forms import ChosenForm, ScopedForm
from funds.models import FundSource, Pool
from hardship.models import FamilyMember
from hardship.models.aid import AidKind
from hardship.models.households import Cause

# The field at which a refusal of the service is shown.
FIELDS = {
    "beneficiary": "beneficiary",
    "source": "source",
    "given_already": "cause",
    "above_cap": "amount",
    "not_on_file": "kind",
}


def at_field(refusal: Refused) -> ValidationError | Refused:
    """What the service refused, at the field that it is about."""
    if name := FIELDS.get(refusal.code):
        return ValidationError({name: str(refusal)})
    return refusal


class GrantForm(ScopedForm):
    """A grant for one member of the household whose file `row` is."""

    beneficiary = forms.ModelChoiceField(
        FamilyMember.objects.all(), label="受助人", empty_label="请选择"
    )
    kind = forms.ChoiceField(label="帮扶种类", choices=[("", "请选择"), *AidKind.choices])
    source = forms.ChoiceField(label="资金来源", choices=[("", "请选择"), *FundSource.choices])
    cause = forms.ChoiceField(label="帮扶事由", choices=[("", "请选择"), *Cause.choices])
    amount = forms.DecimalField(
        label="金额（元）", min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    period_first = forms.DateField(label="帮扶期间起")
    period_last = forms.DateField(label="帮扶期间止")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        living = self.row.members.living_together()
        self.fields["beneficiary"].queryset = living
        self.initial.setdefault("cause", self.row.main_cause)

    def clean(self) -> dict[str, Any]:
        first, last = (self.cleaned_data.get(f"period_{end}") for end in ("first", "last"))
        if first and last and last < first:
            self.add_error("period_last", "帮扶期间止不能早于帮扶期间起，请核对。")
        return self.cleaned_data


class PoolField(forms.ModelChoiceField):
    """Pools with what is left of them; the few of one source, so they are not searched."""

    def label_from_instance(self, pool: Pool) -> str:
        return f"{pool}（{pool.organisation}，余额 {pool.balance:,} 元）"


class ApproveForm(ChosenForm):
    """The pool out of which the chosen grants (`row`) are paid, and what was shown of them."""

    pool = PoolField(
        Pool.objects.all(), label="资金池", empty_label="请选择", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = self.fields["pool"].queryset.select_related("organisation")
        self.fields["pool"].queryset = pools.filter(source__in=self.row.sources)
