"""Input of the report pages."""

from django import forms
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from core.periods import Period
from reports.models import ReportDefinition

PARTS = {
    "year": "全年",
    "h1": "上半年",
    "q1": "第一季度",
    "q2": "第二季度",
    "q3": "第三季度",
    "q4": "第四季度",
}


class StartForm(ScopedForm):
    """Which report, of whom, about which period."""

    definition = forms.ModelChoiceField(ReportDefinition.objects.none(), label="报告")
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="工会")
    year = forms.TypedChoiceField(label="年度", coerce=int)
    part = forms.ChoiceField(label="期间", choices=list(PARTS.items()))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        level = Organisation.Level
        makes = Organisation.objects.visible_to(self.user, "reports.add_reportrun")
        self.fields["organisation"].queryset = makes.filter(
            level__in=[level.MUNICIPAL, level.DISTRICT, level.INDUSTRY]
        )
        self.fields["definition"].queryset = ReportDefinition.objects.usable_by(self.user)
        year = timezone.localdate().year
        self.fields["year"].choices = [(y, f"{y}年") for y in range(year, year - 12, -1)]
        self.fields["year"].initial = year - 1

    def clean(self) -> dict:
        data = super().clean()
        if "year" in data and "part" in data:
            year, part = data.pop("year"), data.pop("part")
            periods = {
                "year": Period.year(year),
                "h1": Period.half(year, 1),
                **{f"q{n}": Period.quarter(year, n) for n in (1, 2, 3, 4)},
            }
            data["period"] = periods[part]
            if data["period"].start > timezone.localdate():
                raise forms.ValidationError("所选期间尚未开始，请选择已开始的期间。")
        return data
