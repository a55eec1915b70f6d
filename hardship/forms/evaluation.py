"""What drawing, judging and answering a sample ask for."""

from typing import Any

from django import forms

from core.forms import ScopedForm
from core.models import Organisation
from hardship.models import EvaluationSample, SampleItem
from hardship.models.evaluation import Satisfaction
from hardship.services import evaluation


def _words(name: str, **kwargs: Any) -> forms.CharField:
    field = SampleItem._meta.get_field(name)
    kwargs.setdefault("label", field.verbose_name)
    return forms.CharField(max_length=field.max_length, **kwargs)


ANONYMOUS = "不写姓名、住址、号码和病情。"


class DrawForm(ScopedForm):
    organisation = forms.ModelChoiceField(Organisation.objects.all(), label="评估范围")
    title = forms.CharField(
        label="评估名称", max_length=80, help_text="如“2026年度困难职工认定第三方评估”"
    )
    first = forms.DateField(label="评估期间起")
    last = forms.DateField(
        label="评估期间止", help_text="抽取此日在档的家庭和期间内退档的家庭，不晚于今天"
    )
    size = forms.IntegerField(label="抽取户数", min_value=1)
    agency = forms.CharField(label="评估机构", max_length=80)
    evaluator = forms.ChoiceField(
        label="评估人员", help_text="持有“第三方评估”授权、不办理困难帮扶业务的账号"
    )
    shows_cause = forms.BooleanField(
        label="提供致困原因大类",
        required=False,
        help_text=EvaluationSample._meta.get_field("shows_cause").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evaluators = {str(one.pk): one for one in evaluation.evaluators(self.user)}
        known = [(key, one.display_name) for key, one in self.evaluators.items()]
        self.fields["evaluator"].choices = [("", "请选择"), *known]

    def clean_evaluator(self) -> Any:
        return self.evaluators[self.cleaned_data["evaluator"]]


class JudgeForm(ScopedForm):
    """The verdict of one household; what was entered before stands in the form."""

    verdict = forms.ChoiceField(label="评估结论")
    satisfaction = forms.ChoiceField(
        label="家庭满意度", choices=[("", "未询问"), *Satisfaction.choices], required=False
    )
    remark = _words(
        "remark",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verdicts = dict(self.row.verdicts())
        self.fields["verdict"].choices = [("", "请选择"), *verdicts.items()]
        amiss = next(verdicts[code] for code in SampleItem.AMISS if code in verdicts)
        self.fields["remark"].help_text = f"结论为{amiss}的，须写明依据。{ANONYMOUS}"
        self.initial = {name: getattr(self.row, name) for name in self.fields}


class MissedForm(ScopedForm):
    district = forms.ModelChoiceField(Organisation.objects.all(), label="区县")
    place = _words("place", help_text="写到社区或村为止。")
    remark = _words(
        "remark",
        help_text=f"写明应当建档而未建档的依据。{ANONYMOUS}",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inside = evaluation.places(self.row.organisation)
        self.fields["district"].queryset = self.fields["district"].queryset & inside


class SettleForm(ScopedForm):
    settlement = _words(
        "settlement",
        min_length=4,
        help_text="写明核实结果和采取的措施，不少于四个字。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
