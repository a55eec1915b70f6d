"""What a step of the road asks for."""

from django import forms

from core.forms import ScopedForm
from hardship.models.households import Level


class LevelForm(ScopedForm):
    """Whose file it becomes."""

    level = forms.ChoiceField(label="档案级别", choices=[("", "请选择"), *Level.choices])
