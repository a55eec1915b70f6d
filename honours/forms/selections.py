"""What the steps of a selection ask for, and how places are handed down."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ACCEPT, TAKEN, ScopedForm
from honours.models import Department, Opinion, Quota
from honours.services.quotas import Basis

PICKED = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CommendForm(ScopedForm):
    """The document by which the title is given."""

    document_number = forms.CharField(
        label="表彰文号", max_length=60, help_text="如“江工发〔2026〕12号”"
    )
    granted_on = forms.DateField(
        label="表彰日期", initial=timezone.localdate, widget=PICKED, help_text="文件落款日期"
    )

    def clean_granted_on(self) -> datetime.date:
        day = self.cleaned_data["granted_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("表彰日期不能晚于今天，请核对。")
        return day


class HandForm(ScopedForm):
    """By what places are shared among those below. `row` is a selection."""

    basis = forms.ChoiceField(
        label="分配依据", choices=[("", "请选择"), *Basis.choices], help_text="按最大余数法分配"
    )


class HandOnForm(HandForm):
    """The same for a district with places of its own; `row` is its quota."""

    minimum = forms.IntegerField(
        label="每处保底名额",
        min_value=0,
        max_value=100,
        initial=0,
        help_text="先给每处，其余按依据",
    )


class ShiftForm(ScopedForm):
    """Places that go to another beside this one; `row` is the quota that gives them."""

    target = forms.ModelChoiceField(Quota.objects.none(), label="调给", empty_label="请选择")
    count = forms.IntegerField(label="名额（名）", min_value=1)
    reason = forms.CharField(
        label="调剂理由", min_length=4, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Quota = self.row
        beside = Quota.objects.visible_to(self.user).filter(
            selection=row.selection_id, above=row.above_id
        )
        field = self.fields["target"]
        field.queryset = beside.exclude(pk=row.pk).select_related("organisation")
        field.label_from_instance = lambda one: f"{one.organisation.label}（现 {one.number} 名）"


class OpinionForm(ScopedForm):
    """What a department said of a candidate."""

    department = forms.ChoiceField(label="部门", choices=[("", "请选择"), *Department.choices])
    verdict = forms.ChoiceField(
        label="意见",
        choices=[("", "请选择"), *Opinion.Verdict.choices],
        help_text="不同意即一票否决，人选当即取消推荐资格。",
    )
    given_on = forms.DateField(label="出具日期", initial=timezone.localdate, widget=PICKED)
    note = forms.CharField(
        label="理由或条件",
        max_length=200,
        required=False,
        help_text="不同意、有条件同意的必填。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    scan = forms.FileField(
        label="盖章扫描件（选填）",
        required=False,
        help_text=TAKEN,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        verdict, note = found.get("verdict"), found.get("note", "").strip()
        if verdict and verdict != Opinion.Verdict.AGREE and not note:
            self.add_error("note", "不同意或有条件同意的，请写明理由或条件。")
        day = found.get("given_on")
        if day and day > timezone.localdate():
            self.add_error("given_on", "出具日期不能晚于今天，请核对。")
        return found
