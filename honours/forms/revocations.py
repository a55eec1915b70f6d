"""What proposing and deciding to take a title back asks for."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from honours.models import Revocation


class ProposeForm(ScopedForm):
    """Why the award `row` should be taken back."""

    cause = forms.ChoiceField(label="撤销情形", choices=[("", "请选择"), *Revocation.Cause.choices])
    finding = forms.CharField(
        label="情况说明",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明事实、时间和依据的文书，加密保存。",
    )


class DecideForm(ScopedForm):
    """The decision of the authority that gave the award of `row`."""

    authority = forms.CharField(label="决定机关", max_length=80)
    document_number = forms.CharField(
        label="决定文号", max_length=60, help_text="授予机关撤销荣誉的文件"
    )
    effective_on = forms.DateField(label="撤销日期", help_text="自当日起不再享受待遇")
    comment = forms.CharField(
        label="意见", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.initial.setdefault("authority", self.row.award.granting_body)
            self.initial.setdefault("effective_on", timezone.localdate())
