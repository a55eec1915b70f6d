"""What steps ask for beside words."""

from django import forms

from competitions.models import Innovation
from core.forms import ScopedForm


class AdoptForm(ScopedForm):
    adopted_on = forms.DateField(label="采纳日期", help_text="单位采纳并实施的日期")


class SelectForm(ScopedForm):
    level = forms.ChoiceField(label="评选级别", choices=[("", "请选择"), *Innovation.Level.choices])
    selected_on = forms.DateField(label="评选日期")
