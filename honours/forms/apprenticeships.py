"""Pairs of masters and apprentices as their union reports them."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from honours.forms.studio_steps import past
from honours.forms.studios import chosen, member_of, number_field
from honours.models import Apprenticeship, Studio
from members.models import Person

ADD = "honours.add_apprenticeship"


class PairForm(ScopedForm):
    """A pair that signed an agreement."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.all(), label="所属工会", empty_label="请选择"
    )
    master_name = forms.CharField(label="师傅姓名", max_length=50)
    master_number = number_field("师傅证件号码")
    apprentice_name = forms.CharField(label="徒弟姓名", max_length=50)
    apprentice_number = number_field("徒弟证件号码")
    trade = forms.CharField(label="工种", max_length=60)
    grade_before = chosen("徒弟现技能等级", Person.SkillGrade.choices, required=False)
    goal = forms.CharField(
        label="带徒目标", max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    agreed_on = past("协议起始日")
    until = past("协议截止日")
    studio = forms.ModelChoiceField(
        Studio.objects.all(), label="所在工作室", empty_label="不在工作室", required=False
    )

    fieldsets = (
        ("师徒", ["organisation", "master_name", "master_number", "apprentice_name",
                "apprentice_number"]),
        ("协议", ["trade", "grade_before", "goal", "agreed_on", "until", "studio"]),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(self.user, ADD)
        self.initial.setdefault("organisation", self.user.organisation_id)
        mine = Studio.objects.visible_to(self.user).filter(state__in=Studio.STANDING)
        self.fields["studio"].queryset = mine

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["master"] = member_of(self, "master_name", "master_number", ADD)
        given["apprentice"] = member_of(self, "apprentice_name", "apprentice_number", ADD)
        first, last = given.get("agreed_on"), given.get("until")
        if first and last and last <= first:
            self.add_error("until", "协议截止日应晚于起始日，请核对。")
        return given


class EndForm(ScopedForm):
    """How the pair `row` ended."""

    ended_on = past("结束日期")
    outcome = chosen("带徒结果", Apprenticeship.Outcome.choices)
    grade_after = chosen(
        "结束时技能等级",
        Person.SkillGrade.choices,
        required=False,
        help_text="技能等级晋升的填写",
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="可不填")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("ended_on", timezone.localdate())
