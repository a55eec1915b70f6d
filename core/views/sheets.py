"""The pages of the sheet engine, the same for every registered sheet."""

import datetime
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, View

from core import inbox
from core.inbox import Waiting
from core.models import Job, Organisation, SheetImport, User
from core.sheets import (
    Sheet,
    exports,
    imports,
    limits,
    mapping,
    mending,
    registry,
    sheet_named,
    sheet_shown,
)
from core.sheets.engine import labels
from core.sheets.forms import ExportForm, UploadForm
from core.sheets.workbooks import MEDIA_TYPE, write_template
from core.views import (
    PermittedMixin,
    ScopedListView,
    ServiceFormView,
    remaining,
)

PROBLEMS = 20  # wrong rows of one page


class SheetMixin(PermittedMixin):
    """A page of the sheet that the address names; `asks` says which of its rights is needed."""

    asks = "permission"

    @cached_property
    def sheet(self) -> Sheet:
        if self.kwargs["name"] not in registry:
            raise Http404
        return sheet_named(self.kwargs["name"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.permission = getattr(self.sheet, self.asks)
        return super().dispatch(request, *args, **kwargs)


class SheetList(ScopedListView):
    """表格导入导出: the sheets that the user may use, and the imports in scope."""

    model = SheetImport
    permission = "core.view_sheetimport"
    template_name = "sheets/list.html"
    paginate_by = 20

    def get_queryset(self) -> models.QuerySet[SheetImport]:
        rows = super().get_queryset()
        return rows.select_related("job__requested_by", "organisation", "upload")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for made in context["object_list"]:
            made.label = labels().get(made.sheet, made.sheet)
        user = self.request.user
        offered = [
            {
                "sheet": sheet,
                "required": [column.heading for _, column in sheet.incoming if column.required],
                "may_import": user.has_perm(sheet.permission),
                "may_export": user.has_perm(sheet.export_permission),
            }
            for sheet in map(sheet_shown, registry)
        ]
        context["sheets"] = [one for one in offered if one["may_import"] or one["may_export"]]
        return context


class Template(SheetMixin, View):
    """下载模板: the empty table with its examples and drop-downs."""

    def get(self, request: HttpRequest, name: str) -> FileResponse:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "template.xlsx"
            write_template(self.sheet, path)
            stream = path.open("rb")  # closed by the response; the folder may go before
        return FileResponse(
            stream,
            as_attachment=True,
            filename=f"{self.sheet.label}-模板.xlsx",
            content_type=MEDIA_TYPE,
        )


class SheetFormView(SheetMixin, ServiceFormView):
    """A form about one sheet. The address may name the organisation: `?organisation=7`."""

    @property
    def row(self) -> Sheet:
        return self.sheet

    def get_initial(self) -> dict[str, Any]:
        named = self.request.GET.get("organisation", "")
        return {"organisation": int(named)} if named.isdecimal() and len(named) < 10 else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"row": None, "sheet": self.sheet}


class Upload(SheetFormView):
    """导入: takes a filled-in table and asks for its import."""

    form_class = UploadForm
    template_name = "sheets/upload.html"
    submit = "上传并开始检查"

    @property
    def title(self) -> str:
        return f"导入{self.sheet.label}"

    def get_initial(self) -> dict[str, Any]:
        """A mended table goes in the way it came the first time."""
        mode = {"mode": "partial"} if self.request.GET.get("mode") == "partial" else {}
        return super().get_initial() | mode

    def act(self, organisation: Organisation, file: UploadedFile, mode: str) -> str:
        self.made = imports.start(
            file,
            name=file.name,
            sheet=self.sheet.name,
            organisation=organisation,
            is_strict=mode == "strict",
            by=self.request.user,
        )
        return ""

    def get_success_url(self) -> str:
        return reverse("sheet_import", args=[self.made.pk])


class Export(SheetFormView):
    """导出: asks for a table of the rows in reach, for a purpose that is recorded."""

    asks = "export_permission"
    form_class = ExportForm
    template_name = "sheets/export.html"
    submit = "导出并记录用途"
    extra_context = {"keep_days": limits.KEEP_EXPORT_DAYS}

    @property
    def title(self) -> str:
        return f"导出{self.sheet.label}"

    def act(self, organisation: Organisation, ending: str, purpose: str) -> str:
        self.job = exports.start(
            sheet=self.sheet.name,
            organisation=organisation,
            by=self.request.user,
            purpose=purpose,
            ending=ending,
        )
        return ""

    def get_success_url(self) -> str:
        return reverse("job", args=[self.job.pk])


class ImportPage(DetailView):
    """One import: how far it is, then what became of its rows, what is wrong, and what to do.

    It asks for itself again every two seconds until the job is finished.
    """

    template_name = "sheets/import.html"
    context_object_name = "made"

    def get_queryset(self) -> models.QuerySet[SheetImport]:
        rows = SheetImport.objects.visible_to(self.request.user)
        return rows.select_related(
            "job__organisation",
            "job__requested_by",
            "organisation",
            "upload",
            "error_file",
            "undo__requested_by",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        made, job, user = self.object, self.object.job, self.request.user
        context = super().get_context_data(
            job=job,
            label=labels().get(made.sheet, made.sheet),
            remaining=remaining(job),
            may_retry=job.state == Job.State.FAILED and user.has_perm("core.change_job", job),
            is_finished=job.is_finished and made.state != SheetImport.State.WAITING,
            may_mend=made.sheet in registry
            and user.has_perm(sheet_named(made.sheet).permission, made.organisation),
            register=sheet_named(made.sheet).page if made.sheet in registry else "",
            may_map=mapping.offered(made, user),
            **kwargs,
        )
        if not context["is_finished"]:
            return context
        return context | self._problems(made) | self._mending(made)

    def _problems(self, made: SheetImport) -> dict[str, Any]:
        wrong = made.rows.exclude(errors=[]).order_by("number")
        page = Paginator(wrong, PROBLEMS).get_page(self.request.GET.get("page"))
        wrong_count = wrong.count()
        numbers = [row.number for row in page]
        mends = {mend.number: mend for mend in made.mends.filter(number__in=numbers)}
        return {
            "page_obj": page,
            "problems": [
                (row, imports.findings(row.errors), mends.get(row.number)) for row in page
            ],
            "wrong": wrong_count,
            "withheld": made.rejected - wrong_count,  # right, but of a strict import
            "mended": made.rows.exclude(remarks=[]).count(),
        }

    def _mending(self, made: SheetImport) -> dict[str, Any]:
        """How far the rows are mended by form, and the import that went on from here."""
        user = self.request.user
        offered = mending.offered(made, user)
        return {
            "mending": mending.progress(made) if offered else None,
            "next_open": mending.next_open(made) if offered else None,
            "continuation": SheetImport.objects.visible_to(user).filter(basis=made).first(),
        }


@inbox.provider
def tables_to_mend(user: User) -> Iterable[Waiting]:
    """Imports of the user with rejected rows, until they came in right, for a week.

    Of several tries with one sheet for one organisation the newest counts.
    """
    week = datetime.timedelta(days=limits.MEND_DAYS)
    tries = SheetImport.objects.tried_by(user, since=timezone.now() - week)
    newest: dict[tuple[str, int], SheetImport] = {}
    for made in tries.prefetch_related("organisation"):
        newest.setdefault((made.sheet, made.organisation_id), made)
    for made in [made for made in newest.values() if made.rejected][: inbox.LONGEST]:
        yield Waiting(
            "改正导入表格中的问题行",
            f"{labels().get(made.sheet, made.sheet)}，{made.organisation.label}，"
            f"未通过 {made.rejected:,} 行",
            made.created_at,
            reverse("sheet_import", args=[made.pk]),
            until=timezone.localdate(made.created_at + week),
        )
