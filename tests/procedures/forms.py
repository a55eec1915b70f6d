from django import forms

from core.forms import ScopedForm


class AmountForm(ScopedForm):
    amount = forms.DecimalField(label="核定金额", max_digits=10, decimal_places=2)
