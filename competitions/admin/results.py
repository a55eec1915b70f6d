"""Staff's screens of results: prizes, places, appeals, certificates."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from unfold.decorators import display

from competitions.forms.results import (
    IssueForm,
    PayForm,
    RevokeForm,
    TeamPrizeForm,
)
from competitions.models import (
    Appeal,
    Certificate,
    CertificateBatch,
    Disqualification,
    PrizeRule,
    Result,
    TeamPrize,
)
from competitions.services import certificates, disqualifications, payouts, results
from core.admin import (
    Mark,
    ProceedingAdmin,
    ReadOnlyAdmin,
    ScopedAdmin,
    SubtreeFilter,
    Table,
    button,
    link,
)
from core.forms import ReasonForm
from core.models import User

SHOWN = 200  # certificates on the page of a batch


@admin.register(PrizeRule)
class PrizeRuleAdmin(ScopedAdmin):
    list_display = ["prize", "organisation", "level", "first_rank", "last_rank", "title", "amount",
                    "since", "until"]  # fmt: skip
    list_select_related = ["organisation", "title"]
    ordering = ["organisation__path", "level", "first_rank", "-since"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["organisation", "level", "first_rank", "last_rank", "prize", "title",
                           "amount", "nominates"]}),
        ("依据", {"fields": ["document", "since", "until"]}),
    ]  # fmt: skip


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    list_display = ["entry", "competition", "rank", "raw_rank", "adjusted_rank", "struck_on",
                    "prize", "organisation"]  # fmt: skip
    list_filter = [SubtreeFilter]
    list_select_related = ["entry__event", "event__competition", "organisation", "stage"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["entry", "organisation", "competition", "event", "stage"]}),
        ("成绩", {"fields": ["rank", "raw_points", "raw_rank", "adjusted_points",
                           "adjusted_rank", "struck_on"]}),
        ("奖励", {"fields": ["prize", "rule", "title", "amount", "awarded_on", "honour",
                           "bank", "account", "paid_on"]}),
    ]  # fmt: skip
    actions_list = ["pay"]
    actions_detail = ["disqualify"]

    @display(description="竞赛")
    def competition(self, row: Result) -> str:
        return str(row.event.competition)

    @display(description="荣誉称号")
    def title(self, row: Result) -> str:
        return row.title_told

    @display(description="荣誉登记")
    def honour(self, row: Result) -> str:
        return str(row.award) if row.award else ""

    def tables_of(self, obj: Result, *, reader: User) -> list[Table]:
        appeals = Appeal.objects.visible_to(reader).filter(result=obj)
        rows = [
            [link(Appeal, row.pk, "成绩申诉"), row.get_state_display(), row.state_since.date()]
            for row in appeals
        ]
        made = Certificate.objects.visible_to(reader).filter(result=obj)
        issued = [
            [link(Certificate, row.pk, row.number), row.issued_on, row.revoked_on] for row in made
        ]
        struck = Disqualification.objects.visible_to(reader).filter(result=obj)
        decided = [
            [link(Disqualification, row.pk, row.finding), row.get_state_display(),
             row.state_since.date()]
            for row in struck
        ]  # fmt: skip
        return [
            Table("成绩申诉", ["申诉", "状态", "日期"], rows, "没有申诉。"),
            Table("取消成绩", ["事由", "状态", "日期"], decided, "没有取消成绩。"),
            Table("证书", ["证书编号", "颁发日期", "注销日期"], issued, "还没有制作证书。"),
        ]

    @button(
        "取消成绩",
        permission=disqualifications.ADD,
        form=ReasonForm,
        icon="person_off",
        danger=True,
        when=lambda row: not disqualifications.barred(row),
        consequences=lambda row: [
            "由另一人审批；批准后该选手（队）不再有名次和奖项，其后的名次依次递补。",
            "成绩记录保留，注明事由和办理人；名单公示过的须重新公示。",
        ],
    )
    def disqualify(self, request: HttpRequest, row: Result, reason: str) -> HttpResponse:
        made = disqualifications.propose(row, reason=reason, by=request.user)
        return redirect("admin:competitions_disqualification_change", made.pk)

    @button(
        "发放奖金",
        permission="competitions.pay_result",
        form=PayForm,
        icon="payments",
        consequences=lambda row: [
            "已登记收款账户的奖金逐笔登记应付款，由经费部门复核、审批、支付；同一成绩只登记一次。"
        ],
    )
    def pay(self, request: HttpRequest, row: None, **given: Any) -> str:
        owed = payouts.pay(**given, by=request.user)
        total = sum(payable.amount for payable in owed)
        return f"已登记应付款 {len(owed)} 笔，合计 {total:,} 元。"


@admin.register(TeamPrize)
class TeamPrizeAdmin(ReadOnlyAdmin):
    list_display = ["prize", "organisation", "competition", "title", "awarded_on"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation", "competition", "title"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["competition", "organisation", "prize", "title", "awarded_on"]
    actions_list = ["name_team"]

    @button(
        "登记团体奖",
        permission="competitions.add_teamprize",
        form=TeamPrizeForm,
        icon="groups",
        consequences=lambda row: ["与个人名次一并公示、表彰。"],
    )
    def name_team(self, request: HttpRequest, row: None, **given: Any) -> HttpResponse:
        given["competition"] = given.pop("competition")
        made = results.name_team(**given, by=request.user)
        return redirect("admin:competitions_teamprize_change", made.pk)


@admin.register(Appeal)
class AppealAdmin(ProceedingAdmin):
    list_display = ["told", "competition", "organisation", "state", "state_since"]
    list_filter = [SubtreeFilter]
    list_select_related = ["result__entry__event", "result__event__competition", "organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["told", "competition", "organisation", "place", "text"]
    readonly_fields = ["told", "competition", "organisation", "place", "text"]

    def get_urls(self) -> list[URLPattern]:
        """An appeal is filed in the portal, by the union."""
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="选手（队）")
    def told(self, row: Appeal) -> str:
        return str(row.result.entry)

    @display(description="竞赛")
    def competition(self, row: Appeal) -> str:
        return str(row.result.event.competition)

    @display(description="名次")
    def place(self, row: Appeal) -> str:
        return link(Result, row.result_id, row.result.place)


@admin.register(Disqualification)
class DisqualificationAdmin(ProceedingAdmin):
    """Proposed on the page of a result, decided here."""

    list_display = ["told", "competition", "place", "state", "state_since"]
    list_select_related = ["result__entry__event", "result__event__competition"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["told", "competition", "unit", "place", "finding"]
    readonly_fields = ["told", "competition", "unit", "place", "finding"]

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="选手（队）")
    def told(self, row: Disqualification) -> str:
        return str(row.result.entry)

    @display(description="竞赛")
    def competition(self, row: Disqualification) -> str:
        return str(row.result.event.competition)

    @display(description="参赛工会")
    def unit(self, row: Disqualification) -> str:
        return str(row.result.organisation)

    @display(description="名次")
    def place(self, row: Disqualification) -> str:
        return link(Result, row.result_id, row.result.place)


@admin.register(CertificateBatch)
class CertificateBatchAdmin(ReadOnlyAdmin):
    list_display = ["competition", "made_at", "mark"]
    list_select_related = ["competition", "file"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["competition", "made_by", "made_at", "mark", "pdf"]
    actions_list = ["issue"]

    @display(description="证书文件")
    def mark(self, row: CertificateBatch) -> str:
        return Mark.DONE.of("已生成") if row.file_id else Mark.WAITING.of("排版中")

    @display(description="下载")
    def pdf(self, row: CertificateBatch) -> str:
        if row.file is None:
            return ""
        url = reverse("file", args=[row.file.token])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, row.file.name)

    def tables_of(self, obj: CertificateBatch, *, reader: User) -> list[Table]:
        rows = Certificate.objects.visible_to(reader).filter(batch=obj).order_by("number")
        told = [
            [link(Certificate, row.pk, row.number), row.masked_label, row.event_name or None,
             row.prize, row.revoked_on]
            for row in rows[:SHOWN]
        ]  # fmt: skip
        headings = ["证书编号", "获奖者", "赛项", "奖项", "注销日期"]
        return [Table("证书", headings, told, "没有证书。")]

    @button(
        "制作证书",
        permission="competitions.print_certificate",
        form=IssueForm,
        icon="workspace_premium",
        consequences=lambda row: [
            "为已表彰而没有证书的获奖者各编一个证书号，排成一份 PDF；进度见“我的任务”。",
            "证书上的二维码可由任何人核验，证书号不能重用。",
        ],
    )
    def issue(self, request: HttpRequest, row: None, competition: Any) -> HttpResponse:
        made = certificates.issue(competition, by=request.user)
        return redirect("admin:competitions_certificatebatch_change", made.pk)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["number", "recipient", "competition_name", "prize", "issued_on", "mark"]
    list_filter = [SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["number"]
    fields = ["number", "recipient", "unit_name", "competition_name", "event_name", "prize",
              "title_name", "agency", "document_number", "issued_on", "mark", "revoked_on",
              "revoked_for", "revoked_reason", "proof"]  # fmt: skip
    actions_detail = ["revoke"]

    @display(description="获奖者")
    def recipient(self, row: Certificate) -> str:
        return row.masked_label

    @display(description="效力")
    def mark(self, row: Certificate) -> str:
        return Mark.REFUSED.of("已注销") if row.revoked_on else Mark.DONE.of("有效")

    @display(description="核验地址")
    def proof(self, row: Certificate) -> str:
        return certificates.address(row)

    @button(
        "注销证书",
        permission="competitions.revoke_certificate",
        form=RevokeForm,
        icon="block",
        danger=True,
        when=lambda row: row.revoked_on is None,
        consequences=lambda row: [
            "核验页面从此显示已注销，不能恢复。",
            "印制有误的，下一次“制作证书”重新制作；其他情形不再为该奖项制作证书。",
        ],
    )
    def revoke(self, request: HttpRequest, row: Certificate, **given: Any) -> str:
        certificates.revoke(row, **given, by=request.user)
        return f"证书 {row} 已注销。"
