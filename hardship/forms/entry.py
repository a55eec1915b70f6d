"""The form of a file, part by part: the base of its pages, and what the file says of itself.

Sealed values come and go as their masks. Days are picked, as on a phone.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone

from core.fields import EncryptedTextField
from core.forms import ScopedForm, ScopedModelForm, form_field
from core.models import User
from hardship.completeness import of_round
from hardship.models import Case, Review, VetoRule
from hardship.models.households import Cause

FUTURE = "不能晚于今天，请核对。"

NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


def picked(db_field: models.Field, **kwargs: Any) -> forms.Field | None:
    if isinstance(db_field, models.DateField):
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return form_field(db_field, **kwargs)


def refuse_future(form: forms.BaseForm, *names: str) -> None:
    for name in names:
        day = form.cleaned_data.get(name)
        if day and day > timezone.localdate():
            form.add_error(name, f"{form.fields[name].label}{FUTURE}")


class PartForm(ScopedModelForm):
    """Base of the forms of rows. `row` is the row itself, stored or not."""

    NEEDED: Sequence[str] = ()  # may be empty in a draft, but not on the page that asks for it

    class Meta:
        formfield_callback = picked

    def __init__(self, *args: Any, user: User, row: models.Model, **kwargs: Any) -> None:
        super().__init__(*args, user=user, instance=row, **kwargs)
        for name in self.NEEDED:
            self.fields[name].required = True
        for column in row._meta.concrete_fields:
            sealed = isinstance(column, EncryptedTextField) and column.name in self.fields
            if sealed and column.name not in self.declared_fields and not getattr(row, column.name):
                self.fields[column.name].help_text = ""  # there is no value yet that would stay


class CausesForm(PartForm):
    NEEDED = ["main_cause"]
    further_causes = forms.MultipleChoiceField(
        label="次要致困原因",
        choices=Cause.choices,
        required=False,
        help_text="可不选，最多三项。",
        widget=forms.CheckboxSelectMultiple,
    )
    fieldsets = [
        ("", ["main_cause", "further_causes", "cause_text"]),
        ("遭遇过突发事件的填写", ["event", "event_on", "event_harmed", "still_in_need"]),
        ("农民工填写", ["is_migrant_worker", "is_settled", "employed_since"]),
    ]

    class Meta(PartForm.Meta):
        model = Case
        fields = [
            *["main_cause", "further_causes", "cause_text"],
            *["event", "event_on", "event_harmed", "still_in_need"],
            *["is_migrant_worker", "is_settled", "employed_since"],
        ]

    def clean(self) -> dict[str, Any]:
        super().clean()
        refuse_future(self, "event_on", "employed_since")
        if self.cleaned_data.get("event_on") and not self.cleaned_data.get("event"):
            self.add_error("event", "填写了事件日期的，请选择突发事件的种类。")
        return self.cleaned_data


class HomeForm(PartForm):
    NEEDED = ["housing", "address", "phone"]

    class Meta(PartForm.Meta):
        model = Case
        fields = [
            *["housing", "housing_area", "address", "phone"],
            *["account_holder", "bank", "account"],
        ]
        help_texts = {"account_holder": "帮扶金发放到此账户，批准建档前须登记。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("account", "phone"):
            self.fields[name].widget.attrs |= NUMERIC
        self.fields["housing_area"].widget.attrs |= {"inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        super().clean()
        account = ["account_holder", "bank", "account"]
        if any(self.cleaned_data.get(name) for name in account):
            for name in account:
                if not self.cleaned_data.get(name) and name not in self.errors:
                    label = self.fields[name].label
                    self.add_error(name, f"开户名、开户银行和银行账号须一并填写，请补填{label}。")
        return self.cleaned_data


class DatesForm(PartForm):
    """The days that stand on the papers."""

    NEEDED = ["authorised_on"]

    class Meta(PartForm.Meta):
        model = Case
        fields = ["applied_on", "authorised_on"]
        help_texts = {"authorised_on": "家庭成员签署信息核对授权书的日期。"}

    def clean(self) -> dict[str, Any]:
        super().clean()
        refuse_future(self, "authorised_on")
        return self.cleaned_data


class VetoForm(ScopedForm):
    """Each circumstance that keeps off file: whether it is met, and why it may be excepted."""

    ANSWERS = [("no", "无此情形"), ("yes", "有此情形")]

    def __init__(self, *args: Any, user: User, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, user=user, row=row, **kwargs)
        self.rules = row.veto_rules
        given = {answer.rule_id: answer for answer in of_round(row, row.veto_answers)}
        for rule in self.rules:
            answer = given.get(rule.pk)
            self.fields[f"met_{rule.pk}"] = forms.ChoiceField(
                label=rule.label,
                choices=self.ANSWERS,
                initial=answer and ("yes" if answer.is_met else "no"),
                help_text=f"依据：{rule.document}",
                widget=forms.RadioSelect,
                error_messages={"required": "请选择有或无。"},
            )
            if rule.allows_exception:
                self.fields[f"reason_{rule.pk}"] = forms.CharField(
                    label="申请例外的理由",
                    max_length=200,
                    required=False,
                    initial=answer.reason if answer else "",
                    help_text="有上述情形而应当例外的填写，由区县另一人批准后有效。",
                )

    def met(self) -> list[VetoRule]:
        return [rule for rule in self.rules if self.cleaned_data.get(f"met_{rule.pk}") == "yes"]

    def reason(self, rule: VetoRule) -> str:
        return self.cleaned_data.get(f"reason_{rule.pk}", "").strip()

    def clean(self) -> dict[str, Any]:
        super().clean()
        for rule in self.rules:
            reason = self.reason(rule)
            if reason and rule not in self.met() and f"met_{rule.pk}" in self.cleaned_data:
                self.add_error(
                    f"reason_{rule.pk}", "没有这一情形的不需要例外，请清空理由，或改选“有此情形”。"
                )
            elif reason and len(reason) < 4:
                self.add_error(f"reason_{rule.pk}", "请写明例外的理由，不少于四个字。")
        return self.cleaned_data


class ReviewForm(PartForm):
    """What a re-check found, and what follows."""

    note = forms.CharField(
        label="复核情况",
        max_length=1000,
        help_text="加密保存；再次打开时不显示原文，未改动时原文不变。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    fieldsets = [
        (
            "",
            [
                *["outcome", "note", "has_medical", "has_employment", "has_schooling"],
                *["has_housing", "has_insurance"],
            ],
        )
    ]

    class Meta(PartForm.Meta):
        model = Review
        fields = [
            *["outcome", "note", "has_medical", "has_employment", "has_schooling"],
            *["has_housing", "has_insurance"],
        ]
        help_texts = {"outcome": "拟脱困退档的，五项保障须全部落实。"}
