"""The pages of the portal: their bases, and the ground floor's own.

A page of an app is ten lines: a base, a model or a form, a permission, and for a form the service.
Whatever is out of scope is 404 with the same bytes as what is missing.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db import connections, models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import DetailView, FormView, ListView, TemplateView, View

from core import inbox, jobs
from core.errors import NotPermitted, OutOfScope, Refused
from core.forms import ScopedForm
from core.models import Job, Notice, StoredFile
from core.scope import view_permission, visible_rows
from core.services import files

# The bases.


AFTER = "after"  # names in an address the key behind which a list goes on


class CappedPaginator(Paginator):
    """Counts to a thousand and no further; what lies beyond is found by filter and search.

    A list in the order of the primary key goes on behind its last page: `onward` is the key after
    which the next thousand begin, and `after` the one after which these began.

    The planner of a database that is asked for the newest fifty rows walks down the primary key
    until it has met fifty that fit, which takes seconds where only old rows do. So the walk is
    short, then as long as what it met lets expect, and where it ends without a full page the
    fitting rows are sorted.
    """

    CAP = 1000
    WALK = 100  # rows passed for each one wanted: enough where one in a hundred fits
    LONGEST_WALK = 1000  # the same, where the short walk met some
    template_name = "admin/capped_pagination.html"  # unfold asks the paginator for it
    onward: Any = None  # of the page that was made last

    def __init__(
        self, object_list: models.QuerySet, per_page: int, *args: Any, after: str = "", **more: Any
    ) -> None:
        super().__init__(object_list, per_page, *args, **more)
        is_key = after.isascii() and after.isdecimal() and len(after) < 19
        self.after = int(after) if is_key and self._newest_first is not None else None
        if self.after is not None:
            side = "pk__lt" if self._newest_first else "pk__gt"
            self.object_list = self.object_list.filter(**{side: self.after})

    @cached_property
    def _known(self) -> list[tuple[Any, Any]]:
        """The keys of those that fit, in no order: all of them, or one more than are counted.

        Beside each stands the newest key of the table (for a list from the oldest on, the oldest).
        """
        order = "pk" if self._newest_first is False else "-pk"
        edge = self.object_list.model._base_manager.order_by(order).values("pk")[:1]
        keys = self.object_list.order_by().values_list("pk", models.Subquery(edge))
        return list(keys[: self.CAP + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self._known), self.CAP)

    @property
    def more(self) -> bool:
        """Whether there are rows that are not counted."""
        return len(self._known) > self.CAP

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows = self._between(first, min(first + self.per_page, self.count))
        if self.more and number == self.num_pages and self._newest_first is not None:
            self.onward = rows[-1].pk
        return self._get_page(rows, number, self)

    def _between(self, first: int, last: int) -> list[models.Model]:
        rows, newest_first = self.object_list, self._newest_first
        if not self.more:
            keys = [key for key, _ in self._known]
            if newest_first is None:
                return list(rows.filter(pk__in=keys)[first:last])
            keys = sorted(keys, reverse=newest_first)[first:last]
            return list(rows.filter(pk__in=keys)) if keys else []
        if newest_first is None:
            return list(rows[first:last])
        passed = self.WALK * last
        found = self._met(first, last, passed)
        if found and len(found) < last - first:
            passed = passed * last * 3 // (2 * (first + len(found)))
            if passed <= self.LONGEST_WALK * last:
                found = self._met(first, last, passed)
        return found if len(found) == last - first else self._sorted(first, last)

    def _met(self, first: int, last: int, passed: int) -> list[models.Model]:
        """The rows of the page as far as a walk past so many keys meets them."""
        edge = self._known[0][1] if self.after is None else self.after
        near = {"pk__gte": edge - passed} if self._newest_first else {"pk__lte": edge + passed}
        return list(self.object_list.filter(**near)[first:last])

    def _sorted(self, first: int, last: int) -> list[models.Model]:
        """The rows of the page from all that fit."""
        rows, newest_first = self.object_list, self._newest_first
        key = models.F("pk")
        if self._would_walk(last):
            key += 0  # no index has this order: the planner sorts what fits
        order = key.desc() if newest_first else key.asc()
        return list(rows.filter(pk__in=rows.order_by(order).values("pk")[first:last]))

    def _would_walk(self, last: int) -> bool:
        """Whether the planner means to walk down the primary key, and not the index of a filter."""
        rows, table = self.object_list.values("pk")[:last], self.object_list.model._meta.db_table
        said = {"postgresql": f"using {table}_pkey on {table}", "sqlite": f"SCAN {table}\n"}
        return said[connections[rows.db].vendor] in f"{rows.explain()}\n"

    @cached_property
    def _newest_first(self) -> bool | None:
        """Whether the order is that of the primary key, and which way; None for another order."""
        query, meta = self.object_list.query, self.object_list.model._meta
        order = query.order_by or (meta.ordering if query.default_ordering else ())
        if not order or not isinstance(meta.pk, models.AutoField):
            return None
        return {"pk": False, "id": False, "-pk": True, "-id": True}.get(order[0])


class PermittedMixin:
    """Asks for the permission before anything else. "" means whoever is logged in."""

    permission = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.permission and not request.user.has_perm(self.permission):
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except OutOfScope as error:
            raise Http404 from error
        except NotPermitted as error:
            raise PermissionDenied from error


class ScopedRowsMixin(PermittedMixin):
    """Rows of `model` on which the user holds `permission` (by default: the right to view)."""

    def get_queryset(self) -> models.QuerySet:
        permission = self.permission or view_permission(self.model)
        return visible_rows(super().get_queryset(), self.request.user, permission)


class CappedListView(ListView):
    """A list of whatever length, fifty a page."""

    paginate_by = 50
    paginator_class = CappedPaginator

    def get_paginator(self, *args: Any, **kwargs: Any) -> CappedPaginator:
        return super().get_paginator(*args, after=self.request.GET.get(AFTER, ""), **kwargs)


class ScopedListView(ScopedRowsMixin, CappedListView):
    """A list of rows in scope."""


class ScopedDetailView(ScopedRowsMixin, DetailView):
    """One row in scope."""


class ServiceFormView(PermittedMixin, FormView):
    """A form and the service behind it.

    `act` gets the cleaned data, calls one service and returns the sentence that says what was done
    and what comes next, or "" where the next page says it. A `Refused` of the service becomes an
    error of the form. With a `model` the form is about one row in scope, found by `pk`: `self.row`.
    """

    http_method_names = ["get", "head", "options", "post"]
    template_name = "portal/form.html"
    form_class = ScopedForm
    model: type[models.Model] | None = None
    title = ""
    submit = ""  # the button says what it does

    @cached_property
    def row(self) -> Any:
        if self.model is None:
            return None
        rows = visible_rows(self.model._default_manager.all(), self.request.user)
        row = rows.filter(pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        if self.permission and not self.request.user.has_perm(self.permission, row):
            raise PermissionDenied
        return row

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user, "row": self.row}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        texts = {"title": self.title, "submit": self.submit or self.title, "row": self.row}
        return super().get_context_data(**texts, **kwargs)

    def form_valid(self, form: ScopedForm) -> HttpResponse:
        try:
            done = self.act(**form.cleaned_data)
        except (OutOfScope, NotPermitted):
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        except ValidationError as error:
            at_fields = hasattr(error, "error_dict") and {*error.error_dict} <= {*form.fields}
            form.add_error(None, error if at_fields else error.messages)
            return self.form_invalid(form)
        if done:
            messages.success(self.request, done)
        return redirect(self.get_success_url())

    def act(self, **data: Any) -> str:
        raise NotImplementedError


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The one answer for what is missing and for what is out of scope: the same bytes always."""
    return HttpResponseNotFound(render_to_string("404.html"))


# Logging in, and the first page.


class Home(TemplateView):
    """待办, then what was told, then the work that is under way."""

    template_name = "portal/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        waiting = inbox.waiting_for(user)
        return super().get_context_data(
            waiting=waiting,
            caution=inbox.caution(waiting),
            notices=user.notices.all()[:10],
            jobs=Job.objects.asked_by(user).unfinished()[:10],
            **kwargs,
        )


class NoticeList(CappedListView):
    """Everything that was told to the user."""

    template_name = "portal/notices.html"

    def get_queryset(self) -> models.QuerySet[Notice]:
        return self.request.user.notices.all()


class OpenNotice(View):
    """Marks a notice as read and goes on to the page it names."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = request.user.notices.filter(pk=pk).first()
        if notice is None:
            raise Http404
        if notice.read_at is None:
            notice.read_at = timezone.now()
            notice.save(update_fields=["read_at"])
        local = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
        return redirect(notice.url if notice.url and local else "notices")


# Long work.


class JobList(CappedListView):
    """我的任务: what the user asked for."""

    template_name = "portal/jobs.html"

    def get_queryset(self) -> models.QuerySet[Job]:
        return Job.objects.asked_by(self.request.user)


class JobPage(DetailView):
    """One job: how far it is, about how long it takes, what came out and what comes next."""

    template_name = "portal/job.html"

    def get_queryset(self) -> models.QuerySet[Job]:
        return Job.objects.visible_to(self.request.user).select_related("organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job, user = self.object, self.request.user
        again = job.state == Job.State.FAILED and user.has_perm("core.change_job", job)
        return super().get_context_data(remaining=remaining(job), may_retry=again, **kwargs)


class JobProgress(JobPage):
    """The part of the page that changes; asked for every two seconds until the job is finished."""

    template_name = "portal/_progress.html"


class RetryJob(ServiceFormView):
    """Do a stopped job again."""

    model = Job
    permission = "core.change_job"
    title = "重新办理"

    def act(self) -> str:
        jobs.retry(self.row, by=self.request.user)
        return f"“{self.row.label}”已重新提交，已完成的步骤不再重做。"

    def get_success_url(self) -> str:
        return reverse("job", args=[self.row.pk])


def remaining(job: Job) -> str:
    """About how long a running job still takes, from its pace so far; "" while that is unknown."""
    if job.state != Job.State.RUNNING or not job.done or not job.started_at:
        return ""
    seconds = (timezone.now() - job.started_at).total_seconds()
    left = seconds / job.done * max(job.total - job.done, 0)
    if left < 60:
        return "不到 1 分钟"
    return f"约 {round(left / 60)} 分钟" if left < 5400 else f"约 {round(left / 3600)} 小时"


# Files.


class Download(View):
    """Lets a file out to whoever holds its permission where it belongs, and records that."""

    def get(self, request: HttpRequest, token: Any) -> HttpResponse:
        file = StoredFile.objects.filter(token=token).select_related("organisation").first()
        if file is None or not request.user.has_perm(file.permission, file.organisation):
            raise Http404
        if file.expires_at and file.expires_at < timezone.now():
            raise Http404
        files.download(file, by=request.user)
        return FileResponse(
            file.content.open("rb"),
            as_attachment=True,
            filename=file.name,
            content_type=file.media_type,
        )
