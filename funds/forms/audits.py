"""What the audited union hands in."""

from decimal import Decimal

from django import forms

from core.forms import ScopedForm


class RectifyForm(ScopedForm):
    measures = forms.CharField(
        label="整改情况",
        min_length=4,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="已采取的措施和结果，不少于四个字。",
    )
    rectified = forms.DecimalField(
        label="已整改金额（元）",
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
        initial=0,
        help_text="不涉及金额的填 0。",
    )
    evidence = forms.FileField(
        label="整改材料（扫描件）", required=False, help_text="PDF、JPG 或 PNG，不超过 10 MB。"
    )
