"""What the steps of a studio's road ask for."""

import datetime
from decimal import Decimal

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from honours.rules import studios as rules


def past(label: str, **options: object) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
    )


def not_ahead(day: datetime.date) -> datetime.date:
    if day > timezone.localdate():
        raise forms.ValidationError("不能晚于今天，请核对。")
    return day


class InspectForm(ScopedForm):
    """实地考察: the day, and which of the seven haves were seen."""

    inspected_on = past("考察日期")
    haves = forms.MultipleChoiceField(
        label="七有",
        choices=rules.HAVES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾选现场看到的，缺项须在命名前补核。",
    )

    def clean_inspected_on(self) -> datetime.date:
        return not_ahead(self.cleaned_data["inspected_on"])


class ScoreForm(ScopedForm):
    score = forms.DecimalField(
        label="评审得分",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        help_text="满分 100 分",
    )


class NameForm(ScopedForm):
    """命名: by which document, on which day."""

    document_number = forms.CharField(label="命名文号", max_length=60)
    named_on = past("命名日期")

    def clean_named_on(self) -> datetime.date:
        day = not_ahead(self.cleaned_data["named_on"])
        if self.row and day < self.row.founded_on:
            raise forms.ValidationError("命名日期不能早于创建日期，请核对。")
        return day


class RevokeForm(ScopedForm):
    """The document by which something is taken away."""

    document_number = forms.CharField(label="撤销文号", max_length=60)
