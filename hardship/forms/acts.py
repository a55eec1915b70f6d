"""What the acts of staff on a file ask for: the buttons beside the steps of its road."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Manager, Model, QuerySet
from django.utils import timezone

from core.forms import ReasonForm, ScopedForm
from core.models import User
from core.workflow import LEAST
from hardship.models import Alert, Case, DataCheck, Pairing, VetoAnswer, Visit

WORDS = dict.fromkeys(["required", "min_length"], "请填写，不少于四个字。")


def words(label: str, **options: Any) -> forms.CharField:
    """What is told in a sentence or two."""
    options = {"min_length": LEAST, "max_length": 200, "error_messages": WORDS} | options
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), **options)


def ticks(label: str, **options: Any) -> forms.TypedMultipleChoiceField:
    """Boxes, of which at least one is ticked."""
    options.setdefault("error_messages", {"required": "请至少勾选一项。"})
    return forms.TypedMultipleChoiceField(
        label=label, widget=forms.CheckboxSelectMultiple, **options
    )


def day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, initial=timezone.localdate, **options)


# Comparison with other authorities.


def unasked(case: Case) -> list[str]:
    """Authorities that were not asked in this round."""
    asked = {row.source for row in case.data_checks.all() if row.round == case.round}
    return [source for source in DataCheck.Source.values if source not in asked]


class RequestForm(ScopedForm):
    """Which authorities are asked: those that have to be are ticked beforehand."""

    sources = ticks("比对部门")

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        wanted = row.procedure.checked_sources or DataCheck.Source.values
        left = unasked(row)
        self.fields["sources"].choices = [
            (source, f"{DataCheck.Source(source).label}{'（必须比对）' * (source in wanted)}")
            for source in left
        ]
        self.initial["sources"] = [source for source in left if source in wanted]


class AnswerForm(ScopedForm):
    """What the authority answered, with its scanned reply."""

    is_hit = forms.TypedChoiceField(
        label="查有记录",
        choices=[("", "请选择"), ("yes", "有"), ("no", "无")],
        coerce=lambda value: value == "yes",
    )
    finding = words(
        "答复内容", min_length=None, max_length=1000, help_text="加密保存，查看须填写事由。"
    )
    paper = forms.FileField(
        label="比对回复（扫描件）",
        required=False,
        help_text="PDF、JPG 或 PNG，不超过 10 MB；存入档案的佐证材料。",
    )


class JudgeForm(ScopedForm):
    """What follows from the answer."""

    verdict = forms.ChoiceField(label="结论", choices=[("", "请选择"), *DataCheck.Verdict.choices])
    note = words(
        "结论说明", required=False, help_text="与申报不一致的，请写明核实情况，不少于四个字。"
    )


MOST = 200  # requests that are offered at once


class ClearForm(ScopedForm):
    """Requests that nobody answered yet, of the authorities' list of those without a record."""

    chosen = ticks("待答复的请求", coerce=int)
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = DataCheck.objects.visible_to(self.user, "hardship.compare_case").unanswered()
        rows = rows.select_related("case__organisation").order_by("source", "requested_on", "pk")
        offered = list(rows[: MOST + 1])
        field = self.fields["chosen"]
        field.choices = _by_authority(offered[:MOST])
        field.error_messages["invalid_choice"] = "有的请求已由他人登记答复，请重新勾选。"
        if len(offered) > MOST:
            field.help_text = f"先列出 {MOST} 件，登记后再列出其余。"
        elif not offered:
            field.help_text = "没有待答复的请求。"


def _by_authority(rows: Iterable[DataCheck]) -> list[tuple[str, list[tuple[int, str]]]]:
    groups: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        told = f"{row.case}（{row.case.organisation}，{row.requested_on} 请求）"
        groups.setdefault(row.get_source_display(), []).append((row.pk, told))
    return list(groups.items())


# Visits, vetoes, watch, pairing.


class VisitForm(ScopedForm):
    """A visit. Who visited is one of those who may see the file."""

    kind = forms.ChoiceField(label="走访种类")
    held_on = day("走访日期")
    visitors = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="走访人",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选走访人。"},
        help_text="入户调查须两人以上。没有列出的，尚无登记走访的权限。",
    )
    finding = words("走访情况", max_length=1000, help_text="加密保存。")

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        kinds = [Visit.Kind.CONDOLENCE]
        if row.is_editable and self.user.has_perm("hardship.change_case", row):
            kinds.insert(0, Visit.Kind.CHECK)
        if row.state == Case.State.WATCH:
            kinds.append(Visit.Kind.FOLLOW_UP)
        self.fields["kind"].choices = [("", "请选择"), *((kind, kind.label) for kind in kinds)]
        visitors = User.objects.holding("hardship.add_visit", row.organisation)
        self.fields["visitors"].queryset = visitors


def excusable(case: Case) -> list[VetoAnswer]:
    """Vetoes of this round that are met and for which an exception may be proposed."""
    return [
        answer
        for answer in case.veto_answers.all()
        if answer.round == case.round
        and answer.is_met
        and answer.rule.allows_exception
        and not answer.approved_by_id
    ]


def proposed(case: Case) -> list[VetoAnswer]:
    """Exceptions of this round that wait for approval."""
    return [answer for answer in excusable(case) if answer.proposed_by_id]


class ProposeForm(ScopedForm):
    """An exception that is asked for."""

    answer = forms.ModelChoiceField(VetoAnswer.objects.none(), label="一票否决情形")
    reason = words("例外理由", help_text="不少于四个字，由区县复审人员批准。")

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["answer"].queryset = _these(row.veto_answers, excusable(row))


class ApproveForm(ScopedForm):
    """Exceptions that were asked for, each with its reason."""

    answers = forms.ModelMultipleChoiceField(
        VetoAnswer.objects.none(),
        label="批准的例外",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少勾选一项；不同意的，请退回补正。"},
    )

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        field = self.fields["answers"]
        field.label_from_instance = _asked_for
        rows = _these(row.veto_answers, proposed(row))
        field.queryset = rows.select_related("rule", "proposed_by")


def _asked_for(answer: VetoAnswer) -> str:
    return f"{answer.rule}：{answer.reason}（{answer.proposed_by.display_name}提出）"


def _these(related: Manager, rows: list[Model]) -> QuerySet:
    return related.filter(pk__in=[row.pk for row in rows])


def unsettled(case: Case) -> list[Alert]:
    return [alert for alert in case.alerts.all() if alert.settled_on is None]


class AlertForm(ScopedForm):
    """A sign of a fall back."""

    kind = forms.ChoiceField(label="预警种类", choices=[("", "请选择"), *Alert.Kind.choices])
    raised_on = day("预警日期")
    detail = words("情况", max_length=1000, help_text="加密保存，查看须填写事由。")


class SettleForm(ScopedForm):
    """What was done about one alert."""

    alert = forms.ModelChoiceField(Alert.objects.none(), label="预警")
    settlement = words("处置情况", help_text="写明采取的措施，不写疾病名称。")

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["alert"].queryset = _these(row.alerts, unsettled(row))


def running(case: Case) -> list[Pairing]:
    return [pairing for pairing in case.pairings.all() if pairing.until is None]


class PairForm(ScopedForm):
    """The cadre who looks after a household."""

    cadre_name = forms.CharField(label="结对干部", max_length=50)
    cadre_post = forms.CharField(
        label="单位及职务", max_length=80, help_text="如“东湖区总工会副主席”。"
    )
    since = day("结对日期")


class UnpairForm(ReasonForm):
    """The end of one pairing, and why."""

    pairing = forms.ModelChoiceField(Pairing.objects.none(), label="结对干部")
    on = day("解除日期", help_text="自此日起不再结对。")
    field_order = ["pairing", "on", "reason"]

    def __init__(self, *args: Any, row: Case, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["pairing"].queryset = _these(row.pairings, running(row))
