"""What is asked for an event of a competition."""

from django import forms

from competitions.models import Event
from core.forms import ScopedForm


def _limit(name: str, help_text: str = "不限的不填") -> forms.Field:
    field = Event._meta.get_field(name)
    return forms.IntegerField(
        label=field.verbose_name, min_value=1, max_value=999, required=False, help_text=help_text
    )


class EventForm(ScopedForm):
    name = forms.CharField(label="赛项（工种）", max_length=80)
    standard = forms.CharField(label="国家职业标准", max_length=80, required=False)
    team_size = forms.IntegerField(
        label="每队人数", min_value=1, max_value=99, initial=1, help_text="个人项目填 1"
    )
    unit_limit = _limit("unit_limit")
    min_age = _limit("min_age", "比赛日的周岁，不限的不填")
    max_age = _limit("max_age", "比赛日的周岁，不限的不填")
    min_years = _limit("min_years")
    excludes_champions = forms.BooleanField(label="往届同赛项冠军不再参赛", required=False)
    final_on = forms.DateField(
        label="决赛日期", required=False, help_text="只统计参赛人次、不评成绩的不填"
    )
    place = forms.CharField(label="决赛地点", max_length=120, required=False)
