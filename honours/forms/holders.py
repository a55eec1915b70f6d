"""What opening and confirming files of holders asks for, and recording what was done for them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.forms import ScopedForm, ScopedModelForm, form_field
from core.models import Organisation
from honours.models import CareKind, Holder

CHANGED = "所选劳模刚有变动，请返回列表重新选择。"


class OpenForm(ScopedForm):
    """In which part of the region files are opened for holders who have none."""

    within = forms.ModelChoiceField(
        Organisation.objects.none(), label="范围", empty_label="请选择", help_text="该工会及其下级"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.visible_to(self.user, "honours.add_holder")
        self.fields["within"].queryset = mine
        self.initial.setdefault("within", self.user.organisation_id)


class ConfirmForm(ScopedModelForm):
    """How a holder lives now."""

    class Meta:
        model = Holder
        fields = ("status", "status_since", "phone", "address")
        formfield_callback = form_field

    def __init__(self, *args: Any, row: Holder | None = None, **kwargs: Any) -> None:
        super().__init__(*args, instance=row, **kwargs)
        self.row = row
        since = self.fields["status_since"]
        since.help_text = "退休或去世的日期；在职的不填"
        since.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CareForm(ScopedForm):
    """What was done for the chosen holders (`row`), the same for each."""

    kind = forms.ChoiceField(label="项目", choices=[("", "请选择"), *CareKind.choices])
    held_on = forms.DateField(label="日期", initial=timezone.localdate)
    cash = forms.DecimalField(
        label="每人慰问金（元）", min_value=0, max_digits=9, decimal_places=2, initial=0
    )
    goods = forms.DecimalField(
        label="每人慰问品折价（元）", min_value=0, max_digits=9, decimal_places=2, initial=0
    )
    cost = forms.DecimalField(
        label="每人服务费用（元）",
        min_value=0,
        max_digits=9,
        decimal_places=2,
        initial=0,
        help_text="体检费、疗休养费",
    )
    place = forms.CharField(label="地点或承办机构", max_length=80, required=False)
    count = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial |= {"count": self.row.count}

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("count") != self.row.count:
            raise ValidationError(CHANGED)
        return self.cleaned_data
