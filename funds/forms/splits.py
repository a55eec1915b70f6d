"""What the acts of splitting ask people for: a region and time, and who is to be given what."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils import timezone

from core.forms import ReasonForm, ScopedForm
from core.models import Organisation
from funds.models import Allocation, Due
from funds.services import custody, resplitting
from members.models import Employer

OFFERED = 200  # at once; the next are offered when these are done


def _place(label: str, **options: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(Organisation.objects.all(), label=label, **options)


class ExampleForm(ScopedForm):
    organisation = _place("适用地区", help_text="规则在该工会及其下级适用，已有的规则不会改动。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.visible_to(self.user, "funds.add_splitrule")
        self.fields["organisation"].queryset = mine
        self.fields["organisation"].initial = mine.order_by("path").first()


class SpecialPayerForm(forms.ModelForm):
    """A new one names its employer by the credit code; afterwards that stays."""

    code = forms.CharField(
        label="统一社会信用代码", max_length=18, help_text="用人单位登记的代码，十八位。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("code", None)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip().upper()
        mine = Employer.objects.visible_to(self._request.user, "funds.add_specialpayer")
        found = mine.filter(credit_code=code).first()
        if found is None:
            raise ValidationError(
                f"管辖范围内没有代码为“{code}”的用人单位，请核对代码，或先登记用人单位。"
            )
        self.instance.employer = found
        return code


class ResplitForm(ReasonForm):
    """Whose receipts of which months."""

    organisation = _place("收缴工会")
    within = _place("缴费单位所在范围", help_text="该工会及其下级所属的缴款重新分配。")
    first = forms.DateField(label="所属期起（从）")
    last = forms.DateField(label="所属期起（到）", help_text="所属期起日在这两天之间的缴款。")
    field_order = ["organisation", "within", "first", "last", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.visible_to(self.user, resplitting.MAY)
        for name in ("organisation", "within"):
            self.fields[name].queryset = mine
            self.fields[name].initial = mine.order_by("path").first()

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        first, last = told.get("first"), told.get("last")
        if first and last and last < first:
            raise ValidationError({"last": "截止日期不能早于起始日期。"})
        return told


class _ChosenForm(ScopedForm):
    """Some of those for whom something waits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        (name,) = self.fields
        self.fields[name].choices = self.waiting()

    def waiting(self) -> list[tuple[int, str]]:
        raise NotImplementedError


def _boxes(label: str, empty: str) -> forms.MultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=f"每次最多列出 {OFFERED} 家。",
        error_messages={"required": empty},
    )


class FoundForm(_ChosenForm):
    """Employers that have a union by now, for which money is held."""

    employers = _boxes("已建会的缴费单位", "请勾选要返还的单位；没有可选的，说明都已返还。")

    def waiting(self) -> list[tuple[int, str]]:
        today = timezone.localdate()
        rows = Allocation.objects.visible_to(self.user).releasable(today).order_by()
        held = rows.values_list("line__employer", "line__employer__name")
        found = list(held.annotate(total=Sum("held")).order_by("line__employer")[:OFFERED])
        unions = custody.unions_of([key for key, *_ in found], on=today)
        return [
            (key, f"{name}：代管 {_money(total)} 元，工会为“{unions[key].organisation}”")
            for key, name, total in found
        ]


class ReleaseForm(_ChosenForm):
    """Unions that have an account by now, for which money is kept."""

    unions = _boxes("已有独立账户的工会", "请勾选要转出的工会；没有可选的，说明都已转出。")

    def waiting(self) -> list[tuple[int, str]]:
        rows = Due.objects.visible_to(self.user).releasable().order_by()
        kept = rows.values_list("organisation", "organisation__name")
        found = kept.annotate(total=Sum("amount")).order_by("organisation")[:OFFERED]
        return [(key, f"{name}：代管 {_money(total)} 元") for key, name, total in found]


def _money(total: Decimal) -> str:
    return f"{total:,.2f}"
