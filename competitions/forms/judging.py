"""What preparing and judging a stage ask for."""

from decimal import Decimal
from typing import Any

from django import forms

from competitions.models import Judge, OwnSeat, ScorePart, ScoreSheet, Stage
from competitions.services import judging, scoring
from core.forms import ReasonForm, ScopedForm
from members.models import Employer


class ScoresForm(ScopedForm):
    """The scores of one judge, a field for each code and part; `row` is the seat."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat: OwnSeat = self.row
        self.sheet = seat.sheets.order_by("-number").first()
        self.parts: list[ScorePart] = list(seat.stage.parts.all())
        self.codes = list(seat.stage.codes.order_by("code"))
        self.away = set(seat.recusals.values_list("code", flat=True))
        given = {(row.code_id, row.part_id): row.value for row in self.sheet.scores.all()}
        for code in self.scored():
            for part in self.parts:
                self.fields[name(code.pk, part.pk)] = forms.DecimalField(
                    label=f"{code} {part}",
                    required=False,
                    min_value=0,
                    max_value=part.maximum,
                    decimal_places=2,
                    initial=given.get((code.pk, part.pk)),
                    error_messages=dict.fromkeys(
                        ["invalid", "min_value", "max_value", "max_decimal_places"],
                        f"应为 0 至 {part.maximum.normalize():f} 的数，最多两位小数",
                    ),
                    widget=forms.NumberInput(
                        attrs={
                            "inputmode": "decimal",
                            "class": "form-control text-end",
                            "step": "0.01",
                            "aria-label": f"编号 {code} {part}",
                        }
                    ),
                )

    def scored(self) -> list[Any]:
        return [code for code in self.codes if code.pk not in self.away and not code.is_absent]

    def lines(self) -> list[tuple[Any, str, list[tuple[ScorePart, Any]]]]:
        """Each code with why it is not scored, or its fields under their parts."""
        found = []
        for code in self.codes:
            why = "回避" if code.pk in self.away else "缺考" if code.is_absent else ""
            cells = [] if why else [(part, self[name(code.pk, part.pk)]) for part in self.parts]
            found.append((code, why, cells))
        return found

    def given(self) -> dict[tuple[int, int], Decimal | None]:
        return {
            (code.pk, part.pk): self.cleaned_data.get(name(code.pk, part.pk))
            for code in self.scored()
            for part in self.parts
        }


def name(code: int, part: int) -> str:
    return f"score_{code}_{part}"


class RecuseForm(ScopedForm):
    code = forms.ChoiceField(label="盲评编号")
    reason = forms.CharField(
        label="事由",
        min_length=4,
        max_length=200,
        help_text="写明应当回避的关系，不少于四个字。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        away = self.row.recusals.values("code")
        codes = self.row.stage.codes.exclude(pk__in=away).order_by("code")
        self.known = {str(code.pk): code for code in codes}
        known = [(key, str(code)) for key, code in self.known.items()]
        self.fields["code"].choices = [("", "请选择"), *known]

    def clean_code(self) -> Any:
        return self.known[self.cleaned_data["code"]]


class SeatForm(ScopedForm):
    stage = forms.ModelChoiceField(Stage.objects.all(), label="赛段")
    user = forms.ChoiceField(
        label="裁判账号", required=False, help_text="没有账号的不选，用离线评分表评分"
    )
    name = forms.CharField(label="姓名", max_length=50, required=False, help_text="有账号的可不填")
    employer = forms.ModelChoiceField(
        Employer.objects.all(), label="单位（已登记）", required=False
    )
    unit_name = forms.CharField(
        label="单位", max_length=120, help_text="与参赛选手同一单位的自动回避"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = self.fields["stage"].queryset
        offered = offered.filter(panel__announced_at=None)
        self.fields["stage"].queryset = offered.select_related("event")
        self.judges = {str(one.pk): one for one in judging.candidates(self.user.organisation)}
        known = [(key, one.display_name) for key, one in self.judges.items()]
        self.fields["user"].choices = [("", "请选择"), *known]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["user"] = self.judges.get(data.get("user") or "")
        if data["user"] is None and not data.get("name"):
            self.add_error("name", "请选择裁判账号，或填写姓名。")
        return data


class DrawForm(ScopedForm):
    stage = forms.ModelChoiceField(Stage.objects.all(), label="赛段")
    qualifiers = forms.IntegerField(
        label="晋级人数",
        min_value=1,
        required=False,
        help_text="上一赛段成绩排在此名次以内的参加；不填则全部已受理的选手参加",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = self.fields["stage"].queryset
        self.fields["stage"].queryset = offered.filter(panel=None).select_related("event")


class RunForm(ScopedForm):
    """The time of a contestant, or that he did not appear."""

    seconds = forms.IntegerField(label="用时（秒）", min_value=1, required=False)
    is_absent = forms.BooleanField(label="缺考", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(self.row, name) for name in self.fields}


class UploadForm(ScopedForm):
    judge = forms.ChoiceField(label="裁判席位")
    file = forms.FileField(label="评分表", help_text="由本平台导出、填写后的 .xlsx 文件")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ = ScoreSheet.objects.visible_to(self.user).filter(
            judge__stage=self.row.stage_id, state=ScoreSheet.State.OPEN
        )
        self.sheets = {str(one.pk): one for one in open_.select_related("judge__stage__event")}
        known = [(key, one.judge.masked_label) for key, one in self.sheets.items()]
        self.fields["judge"].choices = [("", "请选择"), *known]

    def clean_judge(self) -> ScoreSheet:
        return self.sheets[self.cleaned_data["judge"]]


class CorrectForm(ReasonForm):
    """One score of a sealed sheet, what it should have been, and why; or a contestant from whom the
    judge should have kept away."""

    code = forms.ChoiceField(label="盲评编号")
    is_recused = forms.BooleanField(
        label="更正为回避",
        required=False,
        help_text="裁判应当回避该编号而已评分的勾选：该席位留空，不计零分，下面两项不填",
    )
    part = forms.ChoiceField(label="评分项", required=False)
    value = forms.DecimalField(label="更正为", min_value=0, decimal_places=2, required=False)

    field_order = ("code", "is_recused", "part", "value", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sheet: ScoreSheet = self.row
        judge: Judge = sheet.judge
        away = judge.recusals.values("code")
        codes = judge.stage.codes.filter(is_absent=False).exclude(pk__in=away)
        parts = self.parts = list(judge.stage.parts.all())
        self.fields["code"].choices = [("", "请选择"), *[(str(c.pk), str(c)) for c in codes]]
        self.fields["part"].choices = [("", "请选择"), *[(str(p.pk), str(p)) for p in parts]]

    def clean(self) -> dict[str, Any]:
        """What is corrected and why: `given` and `reason` of the service."""
        data = super().clean()
        filled = {"part": bool(data.get("part")), "value": data.get("value") is not None}
        for field, is_filled in filled.items():
            if field in self.errors or is_filled != bool(data.get("is_recused")):
                continue
            told = "更正为回避的不填。" if is_filled else "请填写；应当回避的请勾选“更正为回避”。"
            self.add_error(field, told)
        if self.errors:
            return data
        code = int(data["code"])
        if data["is_recused"]:
            given: scoring.Given = {(code, part.pk): None for part in self.parts}
        else:
            given = {(code, int(data["part"])): data["value"]}
        return {"given": given, "reason": data["reason"]}
