"""What supports a file: papers and photographs, and the visit to the household."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import PicturesForm
from core.models import User
from hardship.forms.entry import refuse_future
from hardship.models import Case, Evidence


class PaperForm(PicturesForm):
    kind = forms.ChoiceField(label="材料种类", choices=[("", "请选择"), *Evidence.Kind.choices])
    note = forms.CharField(label="说明（选填）", max_length=100, required=False)
    field_order = ["kind", "files", "camera", "note"]
    is_needed = True


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
