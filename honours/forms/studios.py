"""Studios as their union fills them in: the application, its people, what a year brought."""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from core.rules import certificates
from honours.forms.studio_steps import not_ahead, past
from honours.models import Award, Studio, StudioMember, StudioResult
from honours.models.catalogue import Level
from honours.services import studios
from members.models import Person

ADD, CHANGE = "honours.add_studio", "honours.change_studio"
LEVELS = [(level.value, level.label) for level in Level if level != Level.UNIT]


def chosen(label: str, choices: list[tuple[str, str]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", "请选择"), *choices], **options)


class AwardField(forms.ModelChoiceField):
    """Titles that let somebody lead, with their holders masked."""

    def label_from_instance(self, award: Award) -> str:
        unit = f"，{award.unit_name}" if award.unit_name else ""
        return f"{award.masked_label}（{award.title}，{award.granted_on.year}年{unit}）"


class StudioForm(ScopedForm):
    """An application. `row` is the studio where it is changed: who leads stays as it is."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.all(), label="申报工会", empty_label="请选择"
    )
    award = AwardField(
        Award.objects.none(),
        label="领衔人及其荣誉",
        empty_label="请选择",
        help_text="市级以上劳动模范（先进工作者）、五一劳动奖章、工匠；名单中没有的，先登记荣誉",
    )
    name = forms.CharField(label="工作室名称", max_length=80)
    kind = chosen("类别", Studio.Kind.choices)
    level = chosen("申报级别", LEVELS)
    field = forms.CharField(label="专业领域", max_length=60)
    founded_on = past("创建日期")
    place = forms.CharField(label="场所", max_length=120, required=False, help_text="可不填")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            del self.fields["organisation"], self.fields["award"]
            names = ("name", "kind", "level", "field", "founded_on", "place")
            self.initial = {name: getattr(self.row, name) for name in names} | self.initial
            return
        unions = Organisation.objects.visible_to(self.user, ADD)
        self.fields["organisation"].queryset = unions
        self.initial.setdefault("organisation", self.user.organisation_id)
        awards = studios.leading_awards(timezone.localdate()).visible_to(self.user)
        self.fields["award"].queryset = awards.select_related("title").order_by("recipient_name")

    def clean_founded_on(self) -> datetime.date:
        return not_ahead(self.cleaned_data["founded_on"])


def member_of(form: forms.Form, name: str, number: str, permission: str) -> Person | None:
    """The person of the register whom a name and a number name; without a number nobody."""
    text = certificates.comparable_number(form.cleaned_data.get(number) or "")
    if not text:
        return None
    seen = Person.objects.visible_to(form.user, permission)
    found = seen.holding(text).first()
    if found is None or found.name != (form.cleaned_data.get(name) or "").strip():
        raise ValidationError(
            {number: "在管辖范围内没有找到该证件号码与姓名一致的会员，请核对；不是会员的不填此项。"}
        )
    return found


def number_field(label: str = "会员证件号码") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=30, help_text="是会员的填写，只用于核对，不显示"
    )


class MemberForm(ScopedForm):
    """Somebody in the team of the studio `row`."""

    name = forms.CharField(label="姓名", max_length=50)
    number = number_field()
    role = chosen(
        "角色",
        [choice for choice in StudioMember.Role.choices if choice[0] != "leader"],
    )
    post = forms.CharField(
        label="岗位（职称、技能等级）", max_length=60, required=False, help_text="可不填"
    )
    since = past("加入日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("since", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["person"] = member_of(self, "name", "number", CHANGE)
        return self.cleaned_data


class DayForm(ScopedForm):
    """A day that is not ahead."""

    on = past("日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())

    def clean_on(self) -> datetime.date:
        return not_ahead(self.cleaned_data["on"])


class ProjectForm(ScopedForm):
    """A project of a year."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    title = forms.CharField(label="课题名称", max_length=100)
    approved_by = forms.CharField(
        label="立项单位", max_length=80, required=False, help_text="尚未立项的不填"
    )
    approved_on = past("立项日期", required=False, help_text="尚未立项的不填")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("year", timezone.localdate().year)


class ResultForm(ScopedForm):
    """A result; the year is that of the day."""

    kind = chosen("成果种类", StudioResult.Kind.choices)
    title = forms.CharField(label="成果名称", max_length=100)
    obtained_on = past("取得日期")
    number = forms.CharField(
        label="证书（文件）号", max_length=60, required=False, help_text="可不填"
    )
    benefit = forms.DecimalField(
        label="经济效益（元）",
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text="以元为单位，没有的不填",
    )
    apprentices = forms.IntegerField(
        label="带徒人数（人）", min_value=0, max_value=9999, required=False
    )
    evidence = forms.FileField(
        label="佐证材料", required=False, help_text="PDF、JPG 或 PNG，不超过 10 MB"
    )

    def clean_benefit(self) -> Decimal:
        return self.cleaned_data.get("benefit") or Decimal(0)

    def clean_apprentices(self) -> int:
        return self.cleaned_data.get("apprentices") or 0
