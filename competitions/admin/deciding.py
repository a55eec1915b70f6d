"""Deciding on many rows of a list at once: ticked ones, or all that the list shows."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import display

from core import workflow
from core.admin import ProceedingAdmin, Table, button
from core.admin.lists import ticked_or_listed
from core.errors import Refused
from core.forms import ScopedForm
from core.models import Proceeding
from core.workflow import LEAST

MOST = 5_000  # rows of one decision
TOLD = 5  # reasons why some were left
SHOWN = 20  # rows on the page of a decision; the list has all
CHANGED = "所选记录刚有变动，请返回列表重新选择。"


class Chosen:
    """The rows on which somebody is about to take a step."""

    def __init__(self, screen: "DecidingAdmin", rows: models.QuerySet, step: str) -> None:
        self.screen, self.rows = screen, rows.order_by()
        self.step = workflow.registry[screen.model].transitions[step]

    @cached_property
    def count(self) -> int:
        return self.rows.count()

    @property
    def spelled(self) -> str:
        return f"{self.count:,} 件"

    def told(self) -> list[str]:
        """What will happen, in sentences."""
        if not self.count:
            return ["没有选中可以办理的记录，请返回列表重新选择。"]
        last = "逐件核对，条件不符或须由本人回避的不办理，并说明原因。"
        return [f"共 {self.count:,} 件。", *([self.step.says] if self.step.says else []), last]

    def table(self) -> Table:
        rows = self.screen.get_queryset(None, of=self.rows).order_by("pk")[:SHOWN]
        title = "所选记录" if self.count <= SHOWN else f"所选记录（前 {SHOWN} 件）"
        lines = [self.screen.line(row) for row in rows]
        return Table(title, self.screen.headings, lines, "没有选中可以办理的记录。")


class WordsForm(ScopedForm):
    """Words on many at once, and how many were shown."""

    comment = forms.CharField(
        label="意见",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    count = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["count"] = self.row.count
        needed = self.row.step.needs_comment
        self.fields["comment"].required = needed
        self.fields["comment"].help_text = (
            "不少于四个字，随件留存。" if needed else "可不填，随件留存。"
        )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("count") != self.row.count:
            raise ValidationError(CHANGED)
        words = self.cleaned_data.get("comment", "").strip()
        if self.row.step.needs_comment and len(words) < LEAST:
            self.add_error("comment", "请填写意见，不少于四个字。")
        return self.cleaned_data


def decide_many(step: str, label: str, permission: str, *, danger: bool = False) -> Any:
    """A button of a list that takes a step with many rows."""

    def chosen(screen: "DecidingAdmin", request: HttpRequest) -> Chosen:
        way = workflow.registry[screen.model].transitions[step]
        mine = screen.model._default_manager.visible_to(request.user, permission)
        mine = mine.filter(state__in=way.sources)
        return Chosen(screen, ticked_or_listed(screen, request, mine), step)

    def act(
        screen: "DecidingAdmin", request: HttpRequest, found: Chosen, comment: str, count: int
    ) -> str:
        if not 0 < count <= MOST:
            raise Refused(f"一次办理 1 至 {MOST:,} 件，请在列表中筛选后分次办理。", code="too_many")
        with transaction.atomic():
            rows = list(found.rows)
            if len(rows) != count:
                raise Refused(CHANGED, code="changed_since")
            taken, left = workflow.apply_many(rows, step, by=request.user, comment=comment)
            reasons = "".join(f"{some:,} 件未办理：{why}" for why, some in left.most_common(TOLD))
            if not taken:
                raise Refused(f"没有办理任何一件。{reasons}", code="nothing_taken")
        return f"“{found.step.label}”已办理 {len(taken):,} 件。{reasons}"

    act.__name__ = f"{step}_many"
    return button(
        label,
        permission=permission,
        form=WordsForm,
        icon="done_all" if not danger else "block",
        danger=danger,
        about=chosen,
        consequences=Chosen.told,
        template="competitions/decide.html",
    )(act)


class DecidingAdmin(ProceedingAdmin):
    """A list in which whoever may decide ticks what he decides on.

    `acts` are the buttons (name → short label), `decidable` the states with a tick, `headings` and
    `line` the table of what was chosen.
    """

    acts: ClassVar[Mapping[str, str]] = {}
    decidable: ClassVar[tuple[str, ...]] = ()
    headings: ClassVar[list[str]] = []
    list_before_template = "competitions/many_before.html"
    ordering = ["-id"]
    sortable_by = ()

    def line(self, row: Any) -> list[Any]:
        raise NotImplementedError

    def get_queryset(
        self, request: HttpRequest | None, of: models.QuerySet | None = None
    ) -> models.QuerySet:
        rows = super().get_queryset(request) if of is None else of
        return rows.select_related(*workflow.registry[self.model].related, "organisation")

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The ways to a decision stand above the list, where they keep the filters."""
        ways = {name.replace("_", "-") for name in self.acts}
        actions = super().get_actions_list(request)
        return [action for action in actions if action.method.url_path not in ways]

    def _acts(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [
            (name, label)
            for name, label in self.acts.items()
            if request.user.has_perm(getattr(self, name).permission)
        ]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*(["tick"] if self._acts(request) else []), *self.list_display]

    @display(description="")
    def tick(self, row: Proceeding) -> str:
        if row.state not in self.decidable:
            return ""
        return format_html(
            '<input type="checkbox" name="id" value="{}" form="deciding" aria-label="选择{}">',
            row.pk,
            row,
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        known = getattr(response, "context_data", None) or {}
        if "cl" in known:
            known["acts"] = self._acts(request)
        return response
