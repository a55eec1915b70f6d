"""What homes of employees ask for: what members said, which title is looked at."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from honours.forms.studio_steps import past
from honours.models import Title

ADD = "honours.add_homerating"
COUNTS = ("employees", "members", "voted", "satisfied")


class RatingForm(ScopedForm):
    """会员评家. `row` is the rating where it is put right: union and year stay."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.all(), label="所属工会", empty_label="请选择"
    )
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    held_on = past("评家日期")
    employees = forms.IntegerField(label="职工人数（人）", min_value=1)
    members = forms.IntegerField(label="会员人数（人）", min_value=1)
    voted = forms.IntegerField(label="参评会员（人）", min_value=1)
    satisfied = forms.IntegerField(
        label="满意票（票）", min_value=0, help_text="满意率按参评会员计算"
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="可不填")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            del self.fields["organisation"], self.fields["year"]
            names = ("held_on", *COUNTS, "note")
            self.initial = {name: getattr(self.row, name) for name in names} | self.initial
            return
        self.fields["organisation"].queryset = Organisation.objects.visible_to(self.user, ADD)
        self.initial.setdefault("organisation", self.user.organisation_id)
        self.initial.setdefault("year", timezone.localdate().year)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for less, more, said in (
            ("members", "employees", "会员人数不能多于职工人数"),
            ("voted", "members", "参评会员不能多于会员人数"),
            ("satisfied", "voted", "满意票不能多于参评会员"),
        ):
            part, whole = given.get(less), given.get(more)
            if part is not None and whole is not None and part > whole:
                self.add_error(less, f"{said}，请核对。")
        return given


class CandidateForm(ScopedForm):
    """For which title, by the ratings of which year."""

    title = forms.ModelChoiceField(Title.objects.none(), label="拟推荐称号", empty_label="请选择")
    year = forms.IntegerField(label="评家年度", min_value=2000, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Title.Kind.MODEL_HOME, Title.Kind.MODEL_SMALL_HOME]
        self.fields["title"].queryset = Title.objects.filter(kind__in=kinds, is_given=True)
        self.initial.setdefault("year", timezone.localdate().year)
