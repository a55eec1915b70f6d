"""The documents by which candidates are chosen, as staff fill them in: tags are ticked."""

from django import forms

from honours.models import OpinionRule, RatioConstraint
from honours.models.candidates import TAGS

TICKS = forms.CheckboxSelectMultiple


class RatioForm(forms.ModelForm):
    wanted = forms.MultipleChoiceField(
        label="计入的人选", choices=TAGS, widget=TICKS, help_text="符合任一项即计入。"
    )
    base = forms.MultipleChoiceField(
        label="以哪些人选为基数",
        choices=TAGS,
        widget=TICKS,
        required=False,
        help_text="一个都不勾选，即以全部人选为基数。",
    )

    class Meta:
        model = RatioConstraint
        fields = ["wanted", "base"]


class OpinionRuleForm(forms.ModelForm):
    about_tags = forms.MultipleChoiceField(
        label="哪些人选须征求",
        choices=TAGS,
        widget=TICKS,
        required=False,
        help_text="符合任一项即须征求；一个都不勾选，即全部人选都须征求。",
    )

    class Meta:
        model = OpinionRule
        fields = ["about_tags"]
