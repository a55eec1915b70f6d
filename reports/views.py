"""The report shelf, the page of a run, and the page of a figure with its rows."""

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.views.generic import View

from core import audit, inbox, indicators
from core.errors import Refused
from core.models import ManualFigure, User
from core.sheets.columns import harmless
from core.views import (
    CappedListView,
    PermittedMixin,
    ScopedDetailView,
    ScopedListView,
    ServiceFormView,
    remaining,
)
from reports import annex, ranges, services, wording
from reports.composing import cell_of
from reports.forms import StartForm
from reports.models import Figure, ReportRun

VIEW = "reports.view_reportrun"


class Shelf(ScopedListView):
    """报告: what is published, and for those who make reports the drafts too."""

    model = ReportRun
    template_name = "reports/shelf.html"

    def get_queryset(self) -> models.QuerySet:
        rows = ReportRun.objects.visible_to(self.request.user)
        return rows.select_related(
            "definition", "organisation", "job", "pdf", "docx", "xlsx", "figures_json"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm("reports.add_reportrun")
        return super().get_context_data(may_start=may, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Start(ServiceFormView):
    """生成报告."""

    permission = "reports.add_reportrun"
    form_class = StartForm
    title = "生成报告"

    def act(self, **data: Any) -> str:
        self.made = services.start(**data, by=self.request.user)
        return "已开始生成，可离开此页，完成后会收到通知。"

    def get_success_url(self) -> str:
        return reverse("reports:run", args=[self.made.pk])


class RunPage(ScopedDetailView):
    """One report: its files, what may be done with it, and its figures."""

    model = ReportRun
    template_name = "reports/run.html"

    def get_queryset(self) -> models.QuerySet:
        rows = ReportRun.objects.visible_to(self.request.user)
        return rows.select_related(
            "definition", "organisation", "job", "requested_by", "checked_by", "signed_by",
            "pdf", "docx", "xlsx", "figures_json",
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run, user = self.object, self.request.user
        state = ReportRun.State
        steps = {
            state.DRAFT: ("check", "核对无误", "reports.check_reportrun"),
            state.CHECKED: ("sign", "签发", "reports.sign_reportrun"),
            state.SIGNED: ("publish", "发布到报告架", "reports.sign_reportrun"),
        }
        act, label, permission = steps.get(run.state, ("", "", ""))
        may = bool(act) and run.is_finished and user.has_perm(permission, run)
        if act == "sign" and not services.may_sign(run, user):
            may = False
        whole = run.figures.filter(split="").order_by("id")
        return super().get_context_data(
            act=act if may else "",
            act_label=label,
            figures=whole,
            remaining=remaining(run.job),
            unfinished=not run.job.is_finished,
            **kwargs,
        )


class Act(ServiceFormView):
    """Checking, signing, publishing: each asks once more and says what comes next."""

    model = ReportRun
    service = staticmethod(services.check)
    done = ""

    @cached_property
    def row(self) -> ReportRun:
        row = ReportRun.objects.visible_to(self.request.user).filter(pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        if not self.request.user.has_perm(self.permission, row):
            raise PermissionDenied
        return row

    def act(self) -> str:
        self.service(self.row, by=self.request.user)
        return self.done

    def get_success_url(self) -> str:
        return reverse("reports:run", args=[self.row.pk])


class Check(Act):
    permission = "reports.check_reportrun"
    title, submit = "核对报告", "文字和数据均已核对无误"
    done = "已核对，等待负责人签发。"


class Sign(Act):
    permission = "reports.sign_reportrun"
    title, submit = "签发报告", "同意签发"
    service = staticmethod(services.sign)
    done = "已签发，可以发布。"


class Publish(Act):
    permission = "reports.sign_reportrun"
    title, submit = "发布报告", "发布到领导报告架"
    service = staticmethod(services.publish)
    done = "已发布，领导可在报告架查阅下载。"


class Entries:
    """The rows behind a figure entered by hand, shaped like a dataset."""

    model = ManualFigure
    permission = "core.view_manualfigure"
    columns = (
        ("数值", lambda row: wording.plain(row.value)),
        ("期间", lambda row: str(row.period)),
        ("数据来源", "source"),
        ("填报人", "entered_by__display_name"),
        ("签发人", "signed_off_by__display_name"),
        ("签发时间", lambda row: f"{timezone.localtime(row.signed_off_at):%Y-%m-%d %H:%M}"),
    )

    @staticmethod
    def base() -> models.QuerySet:
        return ManualFigure._default_manager.select_related("entered_by", "signed_off_by")


class FigureRows(PermittedMixin):
    """What the page of a figure and its export share: the figure, and its rows in scope."""

    @cached_property
    def figure(self) -> Figure:
        runs = ReportRun.objects.visible_to(self.request.user)
        rows = Figure.objects.visible_to(self.request.user).filter(run__in=runs)
        found = (
            rows.select_related("run__organisation", "run__definition")
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    @cached_property
    def dataset(self) -> indicators.Dataset | type[Entries] | None:
        """The rows' dataset; None for a figure computed from others, or once it is gone."""
        definition = self.figure.definition
        if definition.get("kind") == indicators.Manual.kind:
            return Entries
        return indicators.datasets.get(definition.get("dataset"))

    @cached_property
    def is_exact(self) -> bool:
        """Whether the frozen ids are kept one by one."""
        return "ids" in self.figure.identities

    @cached_property
    def all_rows(self) -> models.QuerySet:
        """The frozen rows, or today's where there are too many to keep each."""
        figure, run = self.figure, self.figure.run
        if self.is_exact:
            ids = list(ranges.unpack(figure.identities["ids"]))
            return self.dataset.base().filter(pk__in=ids).order_by("pk")
        if figure.value is None:
            return self.dataset.base().none()
        try:
            found = indicators.rows(
                figure.code,
                organisation=run.organisation,
                period=run.period,
                by=figure.split or None,
                key=figure.key if figure.split else None,
            )
        except Refused:  # the indicator is gone; the digests stay
            return self.dataset.base().none()
        return found.order_by("pk")

    @cached_property
    def rows(self) -> models.QuerySet:
        """Those of them that the user may see."""
        user, dataset = self.request.user, self.dataset
        if dataset is None:
            return Figure.objects.visible_to(user).none()
        if not user.has_perm(dataset.permission):
            return dataset.model._default_manager.none()
        mine = dataset.model._default_manager.visible_to(user, dataset.permission)
        return self.all_rows.filter(pk__in=mine.order_by().values("pk"))

    def cells(self, row: models.Model) -> list[Any]:
        return [cell_of(row, column) for _, column in self.dataset.columns]


class FigurePage(FigureRows, CappedListView):
    """One figure: the number, how it was counted, what it is today, and the rows behind it."""

    template_name = "reports/figure.html"

    def get_queryset(self) -> models.QuerySet:
        return self.rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        figure = self.figure
        context = super().get_context_data(**kwargs)
        headings = [heading for heading, _ in self.dataset.columns] if self.dataset else []
        hidden = 0
        if self.dataset and self.is_exact:
            hidden = figure.identities["count"] - self.rows.order_by().count()
        now = self.today()
        return {
            **context,
            "figure": figure,
            "run": figure.run,
            "terms": figure.definition.get("terms", []),
            "headings": headings,
            "lines": [
                list(zip(headings, map(_shown, self.cells(row)), strict=True))
                for row in context["object_list"]
            ],
            "hidden": hidden,
            "is_exact": self.is_exact,
            "parts": self.parts(),
            "now": now and wording.cell(now.value, figure.unit),
            "differs": now is not None and now.value != figure.number,
        }

    def parts(self) -> models.QuerySet:
        """What the figure was computed from: the same part of the same split."""
        figure = self.figure
        same = Figure.objects.visible_to(self.request.user).filter(run=figure.run)
        return same.filter(code__in=figure.parts, split=figure.split, key=figure.key)

    def today(self) -> indicators.Figure | None:
        """The same figure counted now; None where the indicator is gone."""
        figure, run = self.figure, self.figure.run
        try:
            found = indicators.compute(
                [figure.code],
                organisation=run.organisation,
                period=run.period,
                by=figure.split or None,
            )
        except Refused:
            return None
        same = (each for each in found if not figure.split or each.key == figure.key)
        return next(same, None)


class ExportRows(FigureRows, View):
    """The rows of a figure that the user may see, as a workbook; recorded."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        figure = self.figure
        if self.dataset is None or not self.is_exact:
            raise Http404  # of more rows than are kept one by one the page offers no export
        rows = [tuple(map(_exported, self.cells(row))) for row in self.rows]
        with transaction.atomic():
            audit.record(
                "reports.figure.export",
                by=request.user,
                obj=figure,
                changes={"rows": len(rows), "code": figure.code},
            )
        head = tuple(heading for heading, _ in self.dataset.columns)
        note = f"{request.user.display_name} 导出，共 {len(rows)} 行"
        content = annex.workbook([annex.Sheet(str(figure), head, rows, note)])
        response = HttpResponse(content, content_type=annex.MEDIA)
        name = f"{figure}明细（{figure.run.period}）.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response


def _shown(value: Any) -> Any:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime.date) else value


def _exported(value: Any) -> str | int:
    """Text stays text; whole numbers are numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return "" if value is None else harmless(str(value))


@inbox.provider
def reports_to_sign(user: User) -> Any:
    """Checked reports wait for a signature; finished drafts for a check."""
    waiting = (
        (ReportRun.State.DRAFT, "reports.check_reportrun", "核对报告"),
        (ReportRun.State.CHECKED, "reports.sign_reportrun", "签发报告"),
    )
    for state, permission, what in waiting:
        if not user.has_perm(permission):
            continue
        rows = ReportRun.objects.visible_to(user, permission).newest()
        rows = rows.filter(state=state, pdf__isnull=False)
        if state == ReportRun.State.CHECKED:
            mine = models.Q(requested_by=user) | models.Q(checked_by=user)
            rows = rows.exclude(pk__in=rows.filter(mine).values("pk"))
        for run in rows.select_related("definition", "organisation")[: inbox.LONGEST]:
            yield inbox.Waiting(
                what, str(run), run.requested_at, reverse("reports:run", args=[run.pk])
            )
