"""Screens of figures: what staff enter by hand and what indicators they define."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from core import inbox, indicators
from core.admin.base import ScopedAdmin
from core.admin.buttons import button
from core.admin.filters import SubtreeFilter
from core.errors import Refused
from core.forms import ReasonForm
from core.inbox import Waiting
from core.models import IndicatorDefinition, ManualFigure, Organisation, User
from core.periods import Period
from core.services import figures


def _manual() -> list[tuple[str, str]]:
    """The indicators whose figures are entered by hand, with their units."""
    known = indicators.catalogue()
    return [
        (code, f"{indicator.label}（{indicators.unit_of(indicator, known)}）")
        for code, indicator in known.items()
        if isinstance(indicator, indicators.Manual)
    ]


def _offered(user: User) -> list[tuple[str, str]]:
    """Those of the shipped catalogue, and those that the user's side of the tree defined."""
    paths = user.paths_with("core.add_manualfigure")
    step = Organisation.steplen
    above = {path[:end] for path in paths for end in range(step, len(path) + 1, step)}
    near = IndicatorDefinition.scope(paths) | models.Q(organisation__path__in=above)
    known = set(IndicatorDefinition.objects.filter(near).values_list("code", flat=True))
    return [choice for choice in _manual() if choice[0] in {*indicators.shipped, *known}]


class FigureForm(forms.ModelForm):
    """A figure of one organisation and period."""

    code = forms.ChoiceField(label="指标")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [("", "请选择"), *_offered(self._request.user)]


class SettledFilter(admin.SimpleListFilter):
    """By how far a figure has come."""

    title = "状态"
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("waiting", "待签发"), ("signed", "已签发"), ("withdrawn", "已作废")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        match self.value():
            case "waiting":
                return queryset.live().filter(signed_off_at__isnull=True)
            case "signed":
                return queryset.signed_off()
            case "withdrawn":
                return queryset.filter(withdrawn_at__isnull=False)
            case None:
                return queryset
            case _:
                return queryset.none()


@admin.register(ManualFigure)
class ManualFigureAdmin(ScopedAdmin):
    list_display = ["indicator", "period_text", "organisation", "number", "settled", "entered_by"]
    list_filter = [SettledFilter, SubtreeFilter]
    list_select_related = ["organisation", "entered_by"]
    search_fields = ["code", "source"]
    search_help_text = "指标编码或数据来源"
    fields = [
        *["indicator", "organisation", "period_text", "number", "source", "evidence", "settled"],
        *["entered_by", "entered_at", "signed_off_by", "signed_off_at"],
    ]
    actions_detail = ["sign_off", "withdraw"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong figure is withdrawn and entered anew."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = FigureForm
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        entry = ["code", "organisation", "start", "end", "value", "source", "evidence"]
        return [(None, {"fields": self.fields if obj else entry})]

    def save_model(
        self, request: HttpRequest, obj: ManualFigure, form: forms.ModelForm, change: bool
    ) -> None:
        try:
            period = Period(obj.start, obj.end)
        except ValueError as error:
            raise Refused(str(error)) from error
        entered = figures.enter_manual_figure(
            obj.code,
            organisation=obj.organisation,
            period=period,
            value=obj.value,
            source=obj.source,
            evidence=obj.evidence,
            by=request.user,
        )
        obj.pk = entered.pk

    @display(description="指标", ordering="code")
    def indicator(self, row: ManualFigure) -> str:
        return dict(_manual()).get(row.code, row.code)

    @display(description="期间", ordering="end")
    def period_text(self, row: ManualFigure) -> str:
        return str(row.period)

    @display(description="数值", ordering="value")
    def number(self, row: ManualFigure) -> str:
        return f"{row.value:,.2f}".removesuffix(".00")

    @display(description="状态")
    def settled(self, row: ManualFigure) -> str:
        if row.withdrawn_at:
            return "已作废"
        return "已签发" if row.signed_off_at else "待签发"

    @button(
        "签发",
        permission="core.sign_off_manualfigure",
        icon="verified",
        when=lambda row: not row.signed_off_at and not row.withdrawn_at,
        consequences=lambda row: ["签发后该数计入指标和报告，不能再修改，只能作废后重新填报。"],
    )
    def sign_off(self, request: HttpRequest, row: ManualFigure) -> str:
        figures.sign_off(row, by=request.user)
        return "已签发，该数自现在起计入指标。"

    @button(
        "作废",
        permission="core.change_manualfigure",
        form=ReasonForm,
        icon="block",
        danger=True,
        when=lambda row: not row.withdrawn_at,
        consequences=lambda row: ["该数不再计入指标，填报记录保留，可以重新填报。"],
    )
    def withdraw(self, request: HttpRequest, row: ManualFigure, reason: str) -> str:
        figures.withdraw(row, reason=reason, by=request.user)
        return "已作废，如需更正请重新填报。"


@inbox.provider
def unsigned_figures(user: User) -> Iterable[Waiting]:
    """Figures that others entered and this user may vouch for."""
    if not user.has_perm("core.sign_off_manualfigure"):
        return
    rows = ManualFigure.objects.visible_to(user, "core.sign_off_manualfigure").live()
    rows = rows.filter(signed_off_at__isnull=True).exclude(entered_by=user)
    found = list(rows.select_related("organisation")[: inbox.LONGEST])
    labels = dict(_manual()) if found else {}
    for row in found:
        url = reverse("admin:core_manualfigure_change", args=[row.pk])
        whose = f"{row.organisation.label} {row.period} {labels.get(row.code, row.code)}"
        yield Waiting("签发人工填报数", whose, row.entered_at, url)


@admin.register(IndicatorDefinition)
class IndicatorDefinitionAdmin(ScopedAdmin):
    list_display = ["label", "code", "organisation", "source", "created_by"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation", "created_by"]
    search_fields = ["code", "label"]
    search_help_text = "指标编码或名称"
    fields = ["code", "label", "source", "organisation", "definition"]

    def save_model(
        self, request: HttpRequest, obj: IndicatorDefinition, form: forms.ModelForm, change: bool
    ) -> None:
        figures.define_indicator(obj, by=request.user)
