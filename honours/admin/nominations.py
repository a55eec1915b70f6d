"""Candidates: the page on which they are examined, heard and reviewed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display
from unfold.enums import ActionVariant

from core import workflow
from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
)
from core.models import User
from honours.dossier import selections as dossier
from honours.forms.selections import OpinionForm
from honours.models import Nomination, Opinion
from honours.models.candidates import CATEGORIES, named
from honours.services import nominations

S = Nomination.State
MARKS = {
    S.DRAFT: Mark.INFO,
    S.AWARDED: Mark.DONE,
    S.REFUSED: Mark.REFUSED,
    S.UNSELECTED: Mark.OVER,
    S.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = S.choices


class SelectionYear(YearFilter):
    lookup = "selection__year"


class CategoryFilter(ChoiceFilter):
    title = "类别"
    parameter_name = "category"
    options = CATEGORIES


@admin.register(Nomination)
class NominationAdmin(ProceedingAdmin):
    """Candidates are proposed and filled in in the portal; staff read and decide here."""

    list_display = ["candidate", "organisation", "chosen", "kind", "mark", "due_on"]
    list_display_links = ["candidate"]
    list_filter = [SelectionYear, StateFilter, CategoryFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["name", "organisation", "selection_shown", "unit_name", "position", "category"],
        *["number", "sex", "flags_shown", "reason", "reserve_order"],
        *["resume", "rewards", "summary", "deeds"],
    ]
    actions_detail = ["record_opinion"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*dossier.READ, "recommendation")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *super().get_readonly_fields(request, obj)]

    @display(description="人选")
    def candidate(self, row: Nomination) -> str:
        return row.masked_label

    @display(description="评选")
    def chosen(self, row: Nomination) -> str:
        return f"{row.selection.year}年"

    @display(description="评选")
    def selection_shown(self, row: Nomination) -> str:
        """In words: a district sees its candidates, the selection only whoever makes it."""
        return str(row.selection)

    @display(description="类别")
    def kind(self, row: Nomination) -> str:
        return row.get_category_display() or "—"

    @display(description="状态")
    def mark(self, row: Nomination) -> str:
        return MARKS.get(row.state, Mark.WAITING).of(row.get_state_display())

    @display(description="证件号码")
    def number(self, row: Nomination) -> str:
        return str(row.person.certificate_number) if row.person else "—"

    @display(description="性别")
    def sex(self, row: Nomination) -> str:
        return row.person.get_sex_display() if row.person else "—"

    @display(description="其他情况")
    def flags_shown(self, row: Nomination) -> str:
        return named(row.flags) or "—"

    def tables_of(self, obj: Nomination, *, reader: User) -> list[Table]:
        return [*dossier.tables(dossier.read(obj)), *super().tables_of(obj, reader=reader)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Beside the steps the way to the selection, for those who see it."""
        row = kwargs.get("obj")
        if row and request.user.has_perm("honours.view_selection", row.selection):
            context["actions_detail"].append(
                {
                    "title": "查看评选",
                    "path": reverse("admin:honours_selection_change", args=[row.selection_id]),
                    "icon": "military_tech",
                    "variant": ActionVariant.DEFAULT,
                }
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @button(
        "登记部门意见",
        permission="honours.handle_nomination",
        form=OpinionForm,
        icon="forum",
        when=lambda row: row.state in nominations.HEARD,
        barred=lambda row, user: workflow.kept_from(row, nominations.HANDLE, user),
        consequences=lambda row: [
            "意见按规定的月数有效；同一部门以最后出具的为准。",
            "不同意的，人选当即取消推荐资格，正在公示的同时撤下，在名单上的由候补递补。",
        ],
    )
    def record_opinion(self, request: HttpRequest, row: Nomination, **given: Any) -> str:
        made = nominations.record_opinion(row, by=request.user, **given)
        department = made.get_department_display()
        if made.verdict == Opinion.Verdict.DISAGREE:
            return f"{department}不同意，人选已取消推荐资格。"
        return f"{department}意见已登记，有效期至 {dossier.last_valid_day(made)}。"
