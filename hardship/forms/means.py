"""What comes into a household and what it must spend, month by month or once."""

from typing import Any

from django import forms
from django.db import models

from hardship import rules
from hardship.forms.entry import PartForm
from hardship.models import Case, Expense, Income


class MonthField(forms.DateField):
    """A month, as its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月"],
            error_messages={"invalid": "请按“2026-01”的样式填写月份。"},
            widget=forms.DateInput(
                format="%Y-%m", attrs={"type": "month", "placeholder": "如 2026-01"}
            ),
            **kwargs,
        )


class MonthlyForm(PartForm):
    """Money that comes or goes every month of some months, or once."""

    first_month = MonthField(label="起始月份")
    last_month = MonthField(label="截止月份", required=False)
    is_once = forms.BooleanField(
        label="一次性的", required=False, help_text="只发生在起始月份，截止月份不必填写。"
    )

    fieldsets = [
        ("", ["member", "kind", "amount", "first_month", "last_month", "is_once", "is_by_event"]),
        ("单位和佐证材料（选填）", ["payer", "evidence"]),
    ]

    class Meta(PartForm.Meta):
        labels = {"amount": "金额（元）"}
        help_texts = {"amount": "每月的金额；一次性的填总额。"}

    def __init__(self, *args: Any, row: Income | Expense, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        first, last = rules.window(row.case.applied_on, 12)
        if row.pk is None:
            self.initial |= {"first_month": first, "last_month": last}
        else:
            self.initial["is_once"] = row.first_month == row.last_month
        household = row.case.members.filter(
            models.Q(left_on__isnull=True) | models.Q(pk=row.member_id)
        )
        self.fields["member"].queryset = household
        self.fields["member"].empty_label = "请选择"
        self.fields["evidence"].queryset = row.case.evidence.select_related("file")
        self.fields["evidence"].empty_label = "暂无"
        self.fields["evidence"].label_from_instance = lambda paper: f"{paper}（{paper.file}）"
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = self.cleaned_data
        if given.get("is_once"):
            given["last_month"] = given.get("first_month")
        elif not given.get("last_month") and "last_month" not in self.errors:
            self.add_error("last_month", "请填写截止月份；一次性的请勾选“一次性的”。")
        return given


class IncomeForm(MonthlyForm):
    class Meta(MonthlyForm.Meta):
        model = Income
        fields = ["member", "kind", "amount", "first_month", "last_month", "payer", "evidence"]


class ExpenseForm(MonthlyForm):
    class Meta(MonthlyForm.Meta):
        model = Expense
        fields = [
            *["member", "kind", "amount", "first_month", "last_month", "is_by_event"],
            *["payer", "evidence"],
        ]


class YearForm(PartForm):
    """The income of the year that the household declares."""

    NEEDED = ["declared_income"]

    class Meta(PartForm.Meta):
        model = Case
        fields = ["declared_income"]
        help_texts = {"declared_income": "按申请表填写，应与上面的合计一致；没有收入的填 0。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["declared_income"].widget.attrs |= {"inputmode": "decimal"}
