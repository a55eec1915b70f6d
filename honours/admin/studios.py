"""Studios with every step of their road, their work, and the money they are given."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core import masking, workflow
from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    ReadOnlyAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
    link,
)
from core.forms import ReasonForm
from core.models import User
from funds.models import Pool
from honours.dossier.studios import paper, tables_of
from honours.forms.studio_acts import (
    ApproveGrantForm,
    AssessForm,
    GrantForm,
    HavesForm,
    YearForm,
)
from honours.models import Studio, StudioGrant, StudioResult
from honours.models.catalogue import Level
from honours.rules import studios as rules
from honours.services import studio_grants, studio_work, studios

State = Studio.State
STATE_MARKS = {
    State.DRAFT: Mark.INFO,
    State.NAMED: Mark.DONE,
    State.RECTIFYING: Mark.WAITING,
    State.REVOKED: Mark.REFUSED,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class LevelFilter(ChoiceFilter):
    title = "级别"
    parameter_name = "level"
    options = Level.choices


class NamedYearFilter(YearFilter):
    title = "命名年度"
    parameter_name = "named"
    lookup = "named_on__year"


def kept_away(studio: Studio, user: User) -> str:
    """Why this user must leave a studio to somebody else, or ""."""
    return str(workflow.Ties(user).refusal(studio.concerned()) or "")


@admin.register(Studio)
class StudioAdmin(ProceedingAdmin):
    """Applications come from their unions and named ones by the sheet; nothing is typed in here."""

    list_display = [
        *["name", "organisation", "kind", "level", "leader_shown", "mark"],
        *["named_on", "review_on"],
    ]
    list_display_links = ["name"]
    list_filter = [StateFilter, LevelFilter, NamedYearFilter, SubtreeFilter]
    search_fields = ["name__startswith"]
    search_help_text = "工作室名称开头"
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (
            "工作室",
            {
                "fields": [
                    *["name", "organisation", "kind", "level", "field", "place", "founded_on"],
                    *["leader_shown", "award_shown"],
                ]
            },
        ),
        (
            "评审和命名",
            {
                "fields": [
                    *["inspected_on", "score", "named_on", "document_number", "review_on"],
                    *["rectify_until", "revoked_on", "revoking_document"],
                ]
            },
        ),
    ]
    actions_detail = ["see_haves", "accept_year", "assess", "lay_grant"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("organisation", "leader", "award__title")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        told = [name for _, part in self.fieldsets for name in part["fields"]]
        return [*told, *super().get_readonly_fields(request, obj)]

    @display(description="领衔人")
    def leader_shown(self, row: Studio) -> str:
        return masking.name(row.leader.name)

    @display(description="领衔人荣誉")
    def award_shown(self, row: Studio) -> str:
        return f"{row.award.title}（{row.award.granted_on.year}年）"

    @display(description="状态")
    def mark(self, row: Studio) -> str:
        return STATE_MARKS.get(row.state, Mark.WAITING).of(row.get_state_display())

    def tables_of(self, obj: Studio, *, reader: User) -> list[Table]:
        return [*tables_of(obj), *super().tables_of(obj, reader=reader)]

    @button(
        "核查七有",
        permission="honours.check_studio",
        form=HavesForm,
        icon="checklist",
        when=lambda row: row.is_standing or row.state in {State.PANEL, State.NAMING},
        barred=kept_away,
        consequences=lambda row: ["清单按本次核查更新，缺项须在命名前补齐。"],
    )
    def see_haves(self, request: HttpRequest, row: Studio, on: Any, items: list[str]) -> str:
        studios.see_again(row, items=items, on=on, by=request.user)
        left = rules.lacking(set(items))
        return f"已核查，尚缺：{'、'.join(left)}。" if left else "已核查，七项俱全。"

    @button(
        "确认年度成果",
        permission="honours.check_studio",
        form=YearForm,
        icon="done_all",
        when=lambda row: row.is_standing,
        barred=kept_away,
        consequences=lambda row: [
            "该年度填报的课题和成果全部确认，计入统计和考核，确认后不能撤回。"
        ],
    )
    def accept_year(self, request: HttpRequest, row: Studio, year: int) -> str:
        count = studio_work.accept_year(row, year=year, by=request.user)
        return f"已确认 {year} 年的课题和成果共 {count} 项。"

    @button(
        "年度考核",
        permission="honours.assess_studio",
        form=AssessForm,
        icon="grading",
        when=lambda row: row.is_standing,
        barred=kept_away,
        consequences=lambda row: [
            "按已确认的课题、成果和所打分数形成考核结论，登记后该年度不能再填报。"
        ],
    )
    def assess(
        self, request: HttpRequest, row: Studio, year: int, score: Decimal, note: str
    ) -> str:
        made = studio_work.assess(row, year=year, score=score, note=note, by=request.user)
        return f"{made}，得分 {made.score}。"

    @button(
        "登记补助",
        permission="honours.add_studiogrant",
        form=GrantForm,
        icon="payments",
        when=lambda row: row.state == State.NAMED,
        barred=kept_away,
        consequences=lambda row: ["金额按现行补助标准，由审定人员批准后支付到该工会账户。"],
    )
    def lay_grant(self, request: HttpRequest, row: Studio, purpose: str, source: str) -> str:
        made = studio_grants.lay_down(row, purpose=purpose, source=source, by=request.user)
        return f"已登记{made.get_purpose_display()} {made.amount:,} 元，由审定人员批准。"


class KindFilter(ChoiceFilter):
    title = "成果种类"
    parameter_name = "kind"
    options = StudioResult.Kind.choices


class ResultYearFilter(YearFilter):
    lookup = "year"


@admin.register(StudioResult)
class StudioResultAdmin(ReadOnlyAdmin):
    """Results of all studios; reported in the portal and by the sheet, accepted by the year."""

    list_display = [
        *["title", "kind", "studio_shown", "year", "benefit_shown", "apprentices"],
        "standing_shown",
    ]
    list_display_links = ["title"]
    list_filter = [KindFilter, ResultYearFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["studio_shown", "kind", "title", "number", "obtained_on", "year", "benefit_shown"],
        *["apprentices", "evidence_shown", "standing_shown", "accepted_on"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("studio__organisation", "evidence")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="工作室")
    def studio_shown(self, row: StudioResult) -> str:
        return link(Studio, row.studio_id, row.studio)

    @display(description="经济效益（元）")
    def benefit_shown(self, row: StudioResult) -> str:
        return f"{row.benefit:,}"

    @display(description="佐证材料")
    def evidence_shown(self, row: StudioResult) -> str | None:
        return paper(row)

    @display(description="确认")
    def standing_shown(self, row: StudioResult) -> str:
        return (Mark.DONE if row.accepted_on else Mark.WAITING).of(row.standing)


STAGES = {
    "待批准": Mark.INFO,
    "待支付": Mark.WAITING,
    "已支付": Mark.DONE,
    "已撤回": Mark.OVER,
}


@admin.register(StudioGrant)
class StudioGrantAdmin(ReadOnlyAdmin):
    """Money for studios: laid down on the page of a studio, approved and followed here."""

    list_display = ["studio_shown", "purpose", "year", "amount_shown", "source", "mark", "paid_on"]
    list_display_links = ["purpose"]
    list_filter = [SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["studio_shown", "purpose", "year", "amount_shown", "source", "document", "mark"],
        *["laid_by_shown", "laid_on", "approved_by_shown", "approved_on", "paid_on"],
        "withdrawn_on",
    ]
    actions_detail = ["approve", "withdraw"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("studio__organisation", "laid_by", "approved_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="工作室")
    def studio_shown(self, row: StudioGrant) -> str:
        return link(Studio, row.studio_id, row.studio)

    @display(description="金额（元）")
    def amount_shown(self, row: StudioGrant) -> str:
        return f"{row.amount:,}"

    @display(description="登记人")
    def laid_by_shown(self, row: StudioGrant) -> str:
        return row.laid_by.display_name

    @display(description="批准人")
    def approved_by_shown(self, row: StudioGrant) -> str | None:
        return row.approved_by and row.approved_by.display_name

    @display(description="状态")
    def mark(self, row: StudioGrant) -> str:
        return STAGES[row.stage].of(row.stage)

    @button(
        "批准补助",
        permission="honours.approve_studiogrant",
        form=ApproveGrantForm,
        icon="done_all",
        when=lambda row: row.stage == "待批准",
        consequences=lambda row: [
            f"从所选资金池支付 {row.amount:,} 元到{row.studio.organisation}的账户。",
            "由经费部门列入支付批次。",
        ],
    )
    def approve(self, request: HttpRequest, row: StudioGrant, pool: Pool) -> str:
        studio_grants.approve(row, pool=pool, by=request.user)
        return f"已批准 {row.amount:,} 元，待经费部门列入支付批次。"

    @button(
        "撤回",
        permission="honours.change_studiogrant",
        form=ReasonForm,
        icon="undo",
        danger=True,
        when=lambda row: row.stage in {"待批准", "待支付"},
        consequences=lambda row: ["该笔补助不再发放，已登记的应付款一并撤销。"],
    )
    def withdraw(self, request: HttpRequest, row: StudioGrant, reason: str) -> str:
        studio_grants.withdraw(row, reason=reason, by=request.user)
        return "补助已撤回。"
