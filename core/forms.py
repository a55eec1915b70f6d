"""Forms that offer a user only the rows in scope."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.models import DeclaredKin, User
from core.scope import visible_rows
from core.workflow import LEAST, Transition


def limit_choices(form: forms.BaseForm, user: User) -> None:
    """Every choice among rows becomes a choice among the rows that the user may view."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = visible_rows(field.queryset.all(), user)


class ScopedForm(forms.Form):
    """Input of a service. `user` is who fills it in, `row` what it is about, if anything.

    `fieldsets` puts many fields under headings: (heading, names) each.
    """

    fieldsets: Sequence[tuple[str, Sequence[str]]] = ()

    def __init__(self, *args: Any, user: User, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.row = user, row
        limit_choices(self, user)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as they are shown, under their headings."""
        parts = self.fieldsets or [("", list(self.fields))]
        return [
            (heading, [self[name] for name in names if name in self.fields])
            for heading, names in parts
        ]


class ScopedModelForm(forms.ModelForm):
    """A row as a form. `user` is who fills it in."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        limit_choices(self, user)


class ReasonForm(ScopedForm):
    """The reason of an act, for the audit trail."""

    reason = forms.CharField(
        label="事由",
        min_length=4,
        max_length=200,
        help_text="不少于四个字，将记入审计记录。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def form_of(step: Transition) -> type[ScopedForm]:
    """The form of a step of a procedure: what its effect asks for, then the words (意见)."""

    class StepForm(step.form or ScopedForm):
        def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
            told = super().groups()
            words = [("", [self["comment"]])] if self.fieldsets and "comment" in self.fields else []
            return told + words

    if step.needs_comment or step.duty:
        help_text = "不少于四个字，随件留存。" if step.needs_comment else "可不填，随件留存。"
        StepForm.base_fields["comment"] = forms.CharField(
            label="意见",
            required=step.needs_comment,
            min_length=LEAST if step.needs_comment else None,
            max_length=1000,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    return StepForm


class KinForm(ScopedForm):
    """A relative of the holder of an account."""

    name = forms.CharField(label="亲属姓名", max_length=50)
    relation = forms.ChoiceField(
        label="关系", choices=[("", "请选择"), *DeclaredKin.Relation.choices]
    )
    certificate_number = forms.CharField(
        label="亲属身份证号", max_length=30, help_text="加密保存，只用于核对回避。"
    )


class PasswordForm(ScopedForm):
    """The old password and twice the new one."""

    old = forms.CharField(label="原密码", widget=forms.PasswordInput, strip=False)
    new = forms.CharField(
        label="新密码",
        help_text="不少于 12 位，不要使用姓名、账号或常见密码。",
        widget=forms.PasswordInput,
        strip=False,
    )
    again = forms.CharField(label="再次输入新密码", widget=forms.PasswordInput, strip=False)

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError("原密码不正确，请重新输入。")
        return self.cleaned_data["old"]

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("new"):
            raise forms.ValidationError("两次输入的新密码不一致，请重新输入。")
        return self.cleaned_data["again"]
