"""The form of a nomination, step by step; each saves what it asks for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone

from core.forms import PicturesForm, ScopedForm, ScopedModelForm, form_field
from core.models import User
from honours.criteria import Criteria
from honours.models import (
    Category,
    Flag,
    Group,
    Nomination,
    NominationPaper,
    Recommendation,
)
from honours.models.candidates import KNOWN
from honours.rules import recommendations

TICKS = forms.CheckboxSelectMultiple
# Departments' papers come with their opinions.
HANDED_IN = [
    choice for choice in NominationPaper.Kind.choices if choice[0] != NominationPaper.Kind.OPINION
]


def _picked(db_field: models.Field, **kwargs: Any) -> forms.Field | None:
    if isinstance(db_field, models.DateField):
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return form_field(db_field, **kwargs)


class ProposeForm(ScopedForm):
    """In which selection, and who: a member of the roster, or a collective by its name."""

    selection = forms.ChoiceField(label="评选", error_messages={"required": "请选择评选。"})
    member = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label="集体名称", max_length=120, required=False, help_text="集体荣誉填写，如“装配一班”。"
    )

    def __init__(self, *args: Any, selections: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.selections = {str(each.pk): each for each in selections}
        choices = [(key, f"{each}") for key, each in self.selections.items()]
        self.fields["selection"].choices = [("", "请选择"), *choices]
        if all(each.title.is_personal for each in selections):
            del self.fields["name"]


class PartForm(ScopedModelForm):
    """Base of the forms of a nomination's parts. `row` is the row itself, stored or not."""

    NEEDED: Sequence[str] = ()  # may be empty in a draft, but not on the page that asks for it

    class Meta:
        formfield_callback = _picked

    def __init__(self, *args: Any, user: User, row: models.Model, **kwargs: Any) -> None:
        super().__init__(*args, user=user, instance=row, **kwargs)
        for name in self.NEEDED:
            if name in self.fields:
                self.fields[name].required = True


class CandidateForm(PartForm):
    NEEDED = ["category", "unit_name", "position"]

    flags = forms.MultipleChoiceField(
        label="其他情况",
        choices=Flag.choices,
        required=False,
        widget=TICKS,
        help_text="符合的都勾选；性别按会员登记。",
    )

    class Meta(PartForm.Meta):
        model = Nomination
        fields = ["unit_name", "position", "category", "flags"]

    def __init__(self, *args: Any, row: Nomination, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        fitting = Category.choices if row.is_personal else Group.choices
        self.fields["category"].choices = [("", "请选择"), *fitting]
        if not row.is_personal:
            del self.fields["position"]
            self.fields["unit_name"].required = False


class DeedsForm(PartForm):
    NEEDED = ["resume", "summary", "deeds"]

    class Meta(PartForm.Meta):
        model = Nomination
        fields = ["resume", "rewards", "summary", "deeds"]
        help_texts = {
            "resume": "何年何月至何年何月，在何单位任何职，1000 字以内。",
            "rewards": "没有的可不填，500 字以内。",
            "summary": "用于上报的候选名单，500 字以内。",
            "deeds": "1500 字以内。",
        }

    def __init__(self, *args: Any, row: Nomination, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        for name, lines in (("resume", 4), ("rewards", 2), ("summary", 5), ("deeds", 10)):
            self.fields[name].widget.attrs["rows"] = lines
        if not row.is_personal:
            del self.fields["resume"]


class MeetingForm(PartForm):
    class Meta(PartForm.Meta):
        model = Recommendation
        fields = ["kind", "held_on", "entitled", "present", "votes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("entitled", "present", "votes"):
            self.fields[name].widget.attrs |= {"inputmode": "numeric"}

    def clean(self) -> dict[str, Any]:
        super().clean()
        told = self.cleaned_data
        day = told.get("held_on")
        if day and day > timezone.localdate():
            self.add_error("held_on", "召开日期不能晚于今天，请核对。")
        heads = [told.get(name) for name in ("entitled", "present", "votes")]
        if None not in heads:
            entitled, present, votes = heads
            if why := recommendations.absence(entitled=entitled, present=present):
                self.add_error("present", why)
            elif why := recommendations.obstacle(entitled=entitled, present=present, votes=votes):
                self.add_error("votes", why)
        return told


class RecordForm(PartForm):
    """Each circumstance that may keep the candidate off: whether it is met."""

    circumstances = forms.MultipleChoiceField(
        label="存在下列哪些情形", required=False, widget=TICKS, help_text="一项都没有的，不勾选。"
    )
    is_checked = forms.BooleanField(
        label="已逐项核对，如实填写", error_messages={"required": "请逐项核对后勾选。"}
    )

    class Meta(PartForm.Meta):
        model = Nomination
        fields = ["circumstances", "exception_reason", "is_checked"]
        help_texts = {"exception_reason": "文件允许例外、确有新的特殊贡献的填写，由审核人员判断。"}

    def __init__(self, *args: Any, row: Nomination, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["circumstances"].choices = [
            (bar.code, f"{bar.label}{'（可以申请例外）' if bar.allows_exception else ''}")
            for bar in Criteria(row.selection).bars
            if bar.code not in KNOWN
        ]


class PaperForm(PicturesForm):
    kind = forms.ChoiceField(label="材料种类", choices=[("", "请选择"), *HANDED_IN])
    note = forms.CharField(label="说明（选填）", max_length=100, required=False)
    field_order = ["kind", "files", "camera", "note"]
    is_needed = True
