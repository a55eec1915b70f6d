"""Forms that offer a user only the rows in scope."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from core.fields import EncryptedTextField
from core.models import DeclaredKin, User
from core.scope import visible_rows
from core.services.delegations import colleagues
from core.services.files import LARGEST_DOCUMENT
from core.workflow import LEAST, Transition


def limit_choices(form: forms.BaseForm, user: User) -> None:
    """Every choice among rows becomes a choice among the rows that the user may view."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = visible_rows(field.queryset.all(), user)


def form_field(db_field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The field of a form for one of a model; the `formfield_callback` of forms in the portal.

    A mask is shown in place of an encrypted value; left as it is, it changes nothing.
    """
    field = db_field.formfield(**kwargs)
    if isinstance(db_field, EncryptedTextField):
        field.help_text = "未改动时原值不变。"
    elif db_field.choices:
        field.choices = [(key, text if key else "请选择") for key, text in field.choices]
    return field


class Grouped:
    """A form whose `fieldsets` put its fields under headings: (heading, names) each."""

    fieldsets: Sequence[tuple[str, Sequence[str]]] = ()

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as they are shown, under their headings."""
        parts = self.fieldsets or [("", list(self.fields))]
        return [
            (heading, [self[name] for name in names if name in self.fields])
            for heading, names in parts
        ]


class ScopedForm(Grouped, forms.Form):
    """Input of a service. `user` is who fills it in, `row` what it is about, if anything."""

    def __init__(self, *args: Any, user: User, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.row = user, row
        limit_choices(self, user)


class ScopedModelForm(Grouped, forms.ModelForm):
    """A row as a form. `user` is who fills it in."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        limit_choices(self, user)


class ChosenForm(ScopedForm):
    """What was shown of the chosen rows (`row`), so that nothing else is acted on."""

    count = forms.IntegerField(widget=forms.HiddenInput)
    total = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial |= {"count": self.row.count, "total": self.row.total}

    def clean(self) -> dict[str, Any]:
        shown = (self.cleaned_data.get("count"), self.cleaned_data.get("total") or Decimal(0))
        if shown != (self.row.count, self.row.total):
            raise ValidationError(self.row.changed)
        return self.cleaned_data


class ReasonForm(ScopedForm):
    """The reason of an act, for the audit trail."""

    reason = forms.CharField(
        label="事由",
        min_length=4,
        max_length=200,
        help_text="不少于四个字，将记入审计记录。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


TAKEN = f"PDF、JPG 或 PNG，每份不超过 {LARGEST_DOCUMENT >> 20} MB。"
ACCEPT = "application/pdf,image/jpeg,image/png"


class FilesField(forms.FileField):
    """Several files at a time. What they are is asked of their content, when they are kept."""

    class Input(forms.ClearableFileInput):
        allow_multiple_selected = True

    widget = Input

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(each, initial) for each in given]


class PicturesForm(ScopedForm):
    """Base of forms that take papers: chosen from what is kept, or photographed now."""

    is_needed = False  # whether there must be one

    files = FilesField(
        label="选择文件",
        required=False,
        help_text=f"{TAKEN}可以一次选多份。",
        widget=FilesField.Input(attrs={"accept": ACCEPT}),
    )
    camera = forms.FileField(
        label="现在拍照",
        required=False,
        help_text="手机上直接打开相机，一次一张。",
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def given(self) -> list[Any]:
        """What was handed in, whichever way."""
        taken = self.cleaned_data.get("camera")
        return [*self.cleaned_data.get("files", []), *([taken] if taken else [])]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.is_needed and not self.given() and not {"files", "camera"} & set(self.errors):
            self.add_error("files", "请选择要上传的文件，或现在拍照。")
        return found


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
            error_messages=dict.fromkeys(["required", "min_length"], "请填写意见，不少于四个字。"),
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


class DelegateForm(ScopedForm):
    """To which colleague the holder of a role leaves it, until when and why."""

    to = forms.ChoiceField(label="代办人", help_text="本单位启用的账号，须已登记身份证号。")
    until = forms.DateField(label="代办截止日", help_text="当日仍可代办，次日自行终止。")
    reason = forms.CharField(
        label="委托事由",
        min_length=LEAST,
        max_length=200,
        help_text="不少于四个字，将记入审计记录。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.pk): one for one in colleagues(self.row.user)}
        known = [(key, one.display_name) for key, one in self.colleagues.items()]
        self.fields["to"].choices = [("", "请选择"), *known]

    def clean_to(self) -> User:
        return self.colleagues[self.cleaned_data["to"]]


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


class ObjectionForm(forms.Form):
    """What anybody may say against a publicity, with or without a name.

    `website` is for programs that fill in whatever they find: people neither see nor fill it.
    """

    text = forms.CharField(
        label="异议内容",
        min_length=10,
        max_length=2000,
        help_text="请写明对名单中哪一位、哪项情况有异议及其依据，10 至 2000 字。",
        error_messages={
            "required": "请填写异议内容。",
            "min_length": "异议内容不少于 10 个字，请写明情况和依据。",
            "max_length": "异议内容不超过 2000 个字，请精简后再提交。",
        },
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    name = forms.CharField(
        label="姓名（选填）",
        required=False,
        max_length=50,
        help_text="可以匿名。留下姓名和电话便于核实，只供调查人员使用，加密保存。",
    )
    phone = forms.RegexField(
        r"^[0-9+][0-9 -]{5,19}$",
        label="联系电话（选填）",
        required=False,
        error_messages={"invalid": "请填写手机号或带区号的固定电话。"},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    website = forms.CharField(
        label="请勿填写此栏",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    form = forms.UUIDField(
        initial=uuid.uuid4,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(["invalid", "required"], "页面已失效，请刷新后重新填写。"),
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("website"):
            raise forms.ValidationError("未能提交，请清空“请勿填写此栏”一栏后再试。")
        return self.cleaned_data


class ReceiptForm(forms.Form):
    """The receipt code of an objection."""

    code = forms.CharField(
        label="回执编号",
        max_length=40,
        help_text="提交异议后页面给出的 16 位编号，不区分大小写。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
