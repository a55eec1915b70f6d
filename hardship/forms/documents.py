"""The documents by which households are judged, and the facts of a file, as staff fill them in."""

from typing import Any

from django import forms

from hardship.models import DataCheck, VetoRule
from hardship.models.households import Cause
from members import pinyin

TICKS = forms.CheckboxSelectMultiple


class ProcedureForm(forms.ModelForm):
    """How files go at a place."""

    checked_sources = forms.MultipleChoiceField(
        label="必须比对的部门",
        choices=DataCheck.Source.choices,
        required=False,
        widget=TICKS,
        help_text="一个都不勾选，即全部部门都须比对。",
    )


class VetoRuleForm(forms.ModelForm):
    """A circumstance; its code follows from its words where nobody knows of an earlier one."""

    code = forms.SlugField(
        label="编码",
        required=False,
        max_length=VetoRule._meta.get_field("code").max_length,
        help_text="可不填，按情形的拼音首字母编码。同一情形换发新文件的，填原编码。",
        error_messages={"invalid": "编码只能用字母、数字、下划线和连字符，也可以不填。"},
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("code") and "code" not in self.errors:
            initials = pinyin.of_name(found.get("label", "")).initials
            found["code"] = "".join(filter(str.isascii, initials))[: self.fields["code"].max_length]
        return found


class FactsForm(forms.ModelForm):
    """The facts of a file."""

    further_causes = forms.MultipleChoiceField(
        label="次要致困原因",
        choices=Cause.choices,
        required=False,
        widget=TICKS,
        help_text="最多三项，不与主要致困原因重复。",
    )
