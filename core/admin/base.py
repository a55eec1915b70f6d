"""The base of every working screen: it shows, offers and writes only what the user may.

Reads come from `visible_to`, writes go through services, the trail is `AuditEvent` alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, strip_tags
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminTextInputWidget,
)

from core import timeline
from core.admin import rows
from core.admin.filters import VisibleRelatedFilter
from core.admin.forms import ScreenForm, dress, searched_link
from core.admin.lists import ChangeList
from core.errors import Refused
from core.fields import EncryptedTextField
from core.forms import ReasonForm
from core.models import User
from core.scope import visible_rows
from core.services import records
from core.sheets import Sheet, registry, sheet_shown
from core.views import AFTER, CappedPaginator

LINE = 12  # characters of a cell that stand on one line
LATEST = 10  # acts below a record; the page of the timeline has more


class Table(NamedTuple):
    """Rows below a record. `empty` says why there are none."""

    title: str
    headings: list[str]
    rows: list[list[Any]]
    empty: str

    def labelled(self) -> list[list[tuple[str, Any]]]:
        """Each cell with its heading, for narrow screens."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]

    def columns(self) -> list[tuple[str, bool]]:
        """Each heading, and whether its cells are numbers: what has a unit, or numbers alone."""
        return [
            (heading, bool(rows.COUNTED.search(heading)) or self._has_numbers(place))
            for place, heading in enumerate(self.headings)
        ]

    def _has_numbers(self, place: int) -> bool:
        """Sums of money, whatever else is told among them, or nothing but counts."""
        told = [f"{row[place]}" for row in self.rows if row[place] not in {None, "—"}]
        if any(rows.MONEY.fullmatch(one) for one in told):
            return True
        return bool(told) and all(rows.COUNT.fullmatch(one) for one in told)

    def cells(self) -> list[list[tuple[Any, str]]]:
        """The rows: each cell, and the class of its face: a `number`, `long` words that may be
        broken, or ""."""
        columns = self.columns()
        return [
            [
                (cell, "number" if number else "long" if _is_long(cell) else "")
                for cell, (_, number) in zip(row, columns, strict=True)
            ]
            for row in self.rows
        ]


def _is_long(cell: Any) -> bool:
    """Whether so many Chinese characters had better be broken; dates and numbers never are."""
    return sum(sign > "\u2e80" for sign in strip_tags(f"{cell}")) > LINE


def link(screen: type[models.Model], pk: Any, text: Any) -> str:
    """The way to the record of a row."""
    url = reverse(f"admin:{screen._meta.app_label}_{screen._meta.model_name}_change", args=[pk])
    return format_html('<a class="text-primary-600" href="{}">{}</a>', url, text)


class Scoped:
    """What screens and their inlines share: permissions of the user on the row, and its choices."""

    def _may(self, request: HttpRequest, verb: str, obj: models.Model | None = None) -> bool:
        """Asked once a request that only reads; Django's page of a row asks six times."""
        name = f"{self.opts.app_label}.{verb}_{self.opts.model_name}"
        row = obj if isinstance(obj, self.model) else None
        known = request.__dict__.setdefault("_may", {}) if request.method == "GET" else {}
        key = (name, row is None, row and row.pk)
        if key not in known:
            known[key] = request.user.has_perm(name, row)
        return known[key]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On any row: each row that is asked about was read through `get_queryset`."""
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are ended or corrected, never deleted."""
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return visible_rows(super().get_queryset(request), request.user)

    def choice(self, row: models.Model) -> str:
        """How a row is told from the others where one is chosen."""
        return str(row)

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Every choice among rows that have a searchable screen."""
        return [
            field.name
            for field in self.model._meta.concrete_fields
            if field.many_to_one and searched_link(field.remote_field.model, self.admin_site)
        ]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField:
        rows = db_field.remote_field.model._default_manager.all()
        kwargs["queryset"] = visible_rows(rows, request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field:
        """A choice without a default is chosen, not passed over."""
        blank = db_field.blank or not db_field.has_default()
        kwargs["choices"] = db_field.get_choices(blank, [("", "请选择")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, EncryptedTextField):
            field.widget = UnfoldAdminTextInputWidget()
            field.help_text = self._sealed_help(db_field, request)
        elif isinstance(db_field, models.ForeignKey) and field:
            # Rows are made on their own screens, where their rules are shown.
            field.widget = getattr(field.widget, "widget", field.widget)
        return field

    def _sealed_help(self, db_field: EncryptedTextField, request: HttpRequest) -> str:
        return ""


class ScopedAdmin(Scoped, ModelAdmin):
    """A screen. Of a scoped model it shows the user's rows, of another model all rows.

    Declare `actions_detail = ["close"]` with methods made by `core.admin.button` for services.
    The list of a model that is declared as a sheet leads to the pages of the sheet by itself.
    """

    knows_scope = True
    list_per_page = 50
    list_max_show_all = 0
    empty_value_display = "—"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_disable_select_all = True
    list_filter_submit = True
    view_on_site = False
    save_as = False
    raw_id_fields = ()  # its widget names the row of any number that is typed
    warn_unsaved_form = True
    object_history_template = "admin/timeline.html"
    change_form_outer_after_template = "admin/record_after.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    @cached_property
    def readonly_preprocess_fields(self) -> dict[str, Callable[[str], str]]:
        """What a record shows of its sums: grouped, as the lists do."""
        fields = self.opts.concrete_fields
        return {each.name: rows.grouped for each in fields if isinstance(each, models.DecimalField)}

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> CappedPaginator:
        return self.paginator(*args, after=request.GET.get(AFTER, ""), **kwargs)

    # What the screen writes.

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        """Through the one way to write a row. A screen with a service of its own overrides this."""
        records.save(obj, by=request.user)

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool
    ) -> None:
        for row in formset.save(commit=False):
            records.save(row, by=request.user)

    def log_addition(self, *args: Any) -> None:
        """The audit trail is written by the service."""

    log_change = log_deletions = log_addition

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the service refuses comes back as an error of the form; nothing was written."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, ValidationError, IntegrityError) as error:
            request.refusal = error
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, **kwargs)
        known = {"_request": request, "_site": self.admin_site}
        return type(form)(form.__name__, (ScreenForm, form), known)

    # What the screen shows.

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        """The visible row, read once a request."""
        known = request.__dict__.setdefault("_rows", {})
        key = (self.model, object_id, from_field)
        if request.method != "GET" or key not in known:
            known[key] = super().get_object(request, object_id, from_field)
        return known[key]

    def visible_or_404(self, request: HttpRequest, object_id: str) -> models.Model:
        """The row, or the same answer for a missing one and one out of scope."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        return obj

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponse:
        raise Http404

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the declared filters ask."""
        asked = {
            name + ending
            for name in map(_asked_name, self.get_list_filter(request))
            for ending in FILTER_ENDINGS
        }
        if day := self.date_hierarchy:
            asked |= {f"{day}__{part}" for part in ("year", "month", "day", "gte", "lt")}
        return lookup in asked

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """As declared; a filter by related rows offers those in scope only."""
        links = {field.name for field in self.model._meta.concrete_fields if field.is_relation}
        return [
            (item, VisibleRelatedFilter) if isinstance(item, str) and item in links else item
            for item in super().get_list_filter(request)
        ]

    # Buttons.

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that this user may press on this row as it stands."""
        obj = self.get_object(request, unquote(str(object_id)))
        return [
            action
            for action in self._get_base_actions_detail()
            if obj is not None and action.method.offered(request.user, obj)
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, and above it the ways to the pages of its sheets."""
        response = super().changelist_view(request, extra_context)
        if "actions_list" in (getattr(response, "context_data", None) or {}):
            own = [name for name, sheet in registry.items() if sheet._meta.model is self.model]
            links = self._sheet_links([sheet_shown(name) for name in own], request.user)
            response.context_data["actions_list"] += links
        return response

    def _sheet_links(self, sheets: Sequence[Sheet], user: User) -> list[dict[str, Any]]:
        """To the pages of the one sheet; of several to the page that lists them."""
        ways = [
            (title, reverse(name, args=[sheet.name]), icon)
            for sheet in sheets
            for title, name, permission, icon in [
                ("导入", "sheet_upload", sheet.permission, "upload"),
                ("导出", "sheet_export", sheet.export_permission, "download"),
                ("下载模板", "sheet_template", sheet.permission, "draft"),
            ]
            if user.has_perm(permission)
        ]
        if ways and len(sheets) > 1:
            ways = [("表格导入导出", reverse("sheets"), "table_view")]
        return [
            {
                "title": title,
                "path": url,
                "icon": icon,
                "variant": ActionVariant.DEFAULT,
                "attrs": {},
            }
            for title, url, icon in ways
        ]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        return [
            action
            for action in self._get_base_actions_list()
            if action.method.offered(request.user, None)
        ]

    # Pages beside the form: timeline and clear values.

    def get_urls(self) -> list[URLPattern]:
        urls = [
            url
            for url in super().get_urls()
            if url.name and not url.name.endswith(f"{self.opts.model_name}_delete")
        ]
        if self.sealed_fields:
            name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
            view = self.admin_site.admin_view(self.reveal_view)
            urls.insert(0, path("<path:object_id>/reveal/<slug:field>/", view, name=name))
        return urls

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline of the row, from the audit trail."""
        obj = self.visible_or_404(request, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        entries = self.timeline_of(obj, reader=request.user)
        return self._page(
            request, self.object_history_template, obj, title="办理记录", entries=entries
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The record: its facts, the rows that hang on it, and its latest acts below; above it
        what the reader must leave to somebody else."""
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and self.has_view_permission(request, obj):
            if request.method == "GET":
                self._tell_refusals(request, obj)
            extra_context = {
                "tables": self.tables_of(obj, reader=request.user),
                "entries": self.timeline_of(obj, reader=request.user)[:LATEST],
                **(extra_context or {}),
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def _tell_refusals(self, request: HttpRequest, obj: models.Model) -> None:
        for action in self._get_base_actions_detail():
            ask = getattr(action.method, "refusal", None)
            if ask and (why := ask(request.user, obj)):
                messages.warning(request, f"{action.method.short_description}：{why}")

    def tables_of(self, obj: models.Model, *, reader: User) -> list[Table]:
        """Rows that hang on this one, those in the reader's scope, shown below its facts."""
        return []

    def timeline_of(self, obj: models.Model, *, reader: User) -> list[timeline.Entry]:
        """What was done to the row. A screen that shows two rows as one joins their trails."""
        return timeline.of(obj, reader=reader)

    @cached_property
    def sealed_fields(self) -> dict[str, EncryptedTextField]:
        return sealed_fields_of(self.model)

    def sealed_row(self, obj: models.Model) -> models.Model:
        """The row whose personal values the screen shows: as a rule the screen's own."""
        return obj

    def reveal_url(self, obj_pk: Any, field: str) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_reveal"
        return reverse(name, args=[quote(obj_pk), field])

    def _sealed_help(self, db_field: EncryptedTextField, request: HttpRequest) -> str:
        object_id = request.resolver_match.kwargs.get("object_id")
        if object_id is None or not self._may(request, "reveal"):
            return ""
        url = self.reveal_url(unquote(object_id), db_field.name)
        return format_html('未改动时原值不变。<a class="text-primary-600" href="{}">查看</a>', url)

    def reveal_view(self, request: HttpRequest, object_id: str, field: str) -> HttpResponse:
        """One clear value, once, for a reason that is recorded."""
        obj = self.visible_or_404(request, object_id)
        if field not in self.sealed_fields:
            raise Http404
        holder = self.sealed_row(obj)
        if not request.user.has_perm(records.permission(holder, "reveal"), holder):
            raise PermissionDenied
        form = ReasonForm(request.POST if request.method == "POST" else None, user=request.user)
        dress(form, self.admin_site)
        value = None
        if request.method == "POST" and form.is_valid():
            try:
                value = records.reveal(
                    holder, field, reason=form.cleaned_data["reason"], by=request.user
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
        label = self.sealed_fields[field].verbose_name
        response = self._page(
            request,
            "admin/reveal.html",
            obj,
            title=f"查看{label}",
            form=form,
            label=label,
            masked=getattr(holder, field),
            value=value,
        )
        response["Cache-Control"] = "no-store"
        return response

    def _page(
        self, request: HttpRequest, template: str, obj: models.Model | None, **context: Any
    ) -> TemplateResponse:
        """A page of this screen beside Django's own."""
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "subtitle": str(obj) if obj else None,
            "media": self.media,
            **context,
        }
        return TemplateResponse(request, template, context)


# What Django's and unfold's filters append to the name of a field.
FILTER_ENDINGS = [
    "",
    "__exact",
    "__id__exact",
    "__in",
    "__isnull",
    "__gte",
    "__gt",
    "__lte",
    "__lt",
    "_from",
    "_to",
]


def sealed_fields_of(model: type[models.Model]) -> dict[str, EncryptedTextField]:
    """The encrypted fields of a model by name."""
    fields = model._meta.concrete_fields
    return {field.name: field for field in fields if isinstance(field, EncryptedTextField)}


def _asked_name(declared: Any) -> str:
    """The query parameter that a declared filter begins with."""
    if isinstance(declared, type):
        return declared.parameter_name
    return declared if isinstance(declared, str) else declared[0]


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that only services write."""

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _ScopedInline(Scoped):
    """Rows of the record below its form, each written like a row of a screen."""

    extra = 0
    can_delete = False
    show_change_link = True
    raw_id_fields = ()


class ScopedTabularInline(_ScopedInline, TabularInline):
    """Rows as a table."""


class ScopedStackedInline(_ScopedInline, StackedInline):
    """Rows as forms one below the other."""
