"""What listing, claiming and deciding on rebates asks for."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from funds.models import RebateScheme
from funds.rules import rebates as rules
from members.models import Coverage, Employer

YEARS = 7
QUARTERS = [
    ("", "不分季度"),
    *((str(number), f"第{text}季度") for number, text in enumerate("一二三四", 1)),
]
ADD = "funds.add_rebate"


class PeriodForm(ScopedForm):
    """A scheme that holds where the user may act, and a period of it."""

    scheme = forms.ModelChoiceField(
        RebateScheme.objects.none(),
        label="返还政策",
        empty_label="请选择",
    )
    year = forms.TypedChoiceField(label="年度", coerce=int)
    quarter = forms.TypedChoiceField(
        label="季度",
        choices=QUARTERS,
        coerce=int,
        empty_value=None,
        required=False,
        help_text="按季计算的政策填写",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = RebateScheme.objects.holding(self.user.paths_with(ADD))
        self.fields["scheme"].queryset = held.order_by("-valid_from", "id")
        this = timezone.localdate().year
        years = [(year, f"{year}年") for year in range(this, this - YEARS, -1)]
        self.fields["year"].choices = years
        self.initial.setdefault("year", this - 1)


class ListForm(PeriodForm):
    """Whom to list: a scheme, a period, and the part of its region."""

    within = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="列出范围",
        empty_label="请选择",
        help_text="该工会及其下级",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["within"].queryset = Organisation.objects.visible_to(self.user, ADD)
        self.initial.setdefault("within", self.user.organisation_id)


class ClaimForm(PeriodForm):
    """For which employer of the own union. `amount` is what was shown before."""

    employer = forms.ModelChoiceField(
        Employer.objects.none(), label="用人单位", empty_label="请选择"
    )
    note = forms.CharField(label="申请说明", max_length=200, required=False, help_text="可不填")
    amount = forms.DecimalField(required=False, widget=forms.HiddenInput)

    field_order = ("employer", "scheme", "year", "quarter", "note", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        covered = Coverage.objects.visible_to(self.user, ADD)
        firms = Employer.objects.filter(pk__in=covered.values("employer")).order_by("name", "pk")
        self.fields["employer"].queryset = firms
        for name in ("employer", "scheme"):
            known = list(self.fields[name].queryset[:2])
            if len(known) == 1:
                self.initial.setdefault(name, known[0].pk)


class SchemeForm(forms.ModelForm):
    """A scheme; the levels whose shares are given back are ticked."""

    base = forms.MultipleChoiceField(
        label="返还哪些级次的分成",
        choices=[(level, rules.LEVELS[level]) for level in RebateScheme.GIVING],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_base(self) -> list[str]:
        return list(self.cleaned_data["base"])
