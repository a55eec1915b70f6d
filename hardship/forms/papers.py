"""What supports a file: papers and photographs, and the visit to the household."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from core.models import User
from core.services.files import LARGEST_DOCUMENT
from hardship.forms.entry import refuse_future
from hardship.models import Case, Evidence

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


class PaperForm(PicturesForm):
    kind = forms.ChoiceField(label="材料种类", choices=[("", "请选择"), *Evidence.Kind.choices])
    note = forms.CharField(label="说明（选填）", max_length=100, required=False)
    field_order = ["kind", "files", "camera", "note"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.given() and not {"files", "camera"} & set(self.errors):
            self.add_error("files", "请选择要上传的文件，或现在拍照。")
        return self.cleaned_data


class VisitForm(PicturesForm):
    """Two or more people went to the household."""

    held_on = forms.DateField(
        label="走访日期",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    visitors = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="走访人",
        help_text="两人以上，不能是申请家庭成员及其亲属。",
        error_messages={"required": "请选择走访人，两人以上。"},
        widget=forms.CheckboxSelectMultiple,
    )
    finding = forms.CharField(
        label="走访情况",
        max_length=1000,
        help_text="住房、收入、患病和就学等是否与申报一致。加密保存。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ["held_on", "visitors", "finding", "files", "camera"]

    def __init__(self, *args: Any, user: User, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, user=user, row=row, **kwargs)
        visitors = User.objects.holding("hardship.add_visit", row.organisation)
        field = self.fields["visitors"]
        field.queryset = visitors.select_related("organisation").order_by(
            "-organisation__path", "display_name"
        )
        field.label_from_instance = lambda who: f"{who.display_name}（{who.organisation.label}）"
        self.fields["files"].label = "入户照片"

    def clean(self) -> dict[str, Any]:
        super().clean()
        refuse_future(self, "held_on")
        return self.cleaned_data
