"""Acts on many rows of a list at once: those that were ticked, or all that the list shows.

What was shown of them, how many and what they come to, must still hold when the act is done.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import display

from core import workflow
from core.admin.base import ReadOnlyAdmin, Table
from core.admin.buttons import button
from core.admin.lists import ticked_or_listed
from core.admin.proceedings import ProceedingAdmin
from core.errors import Refused
from core.forms import ChosenForm
from core.workflow import LEAST

MOST = 5_000  # rows of one act
TOLD = 5  # reasons why some were left
SHOWN = 20  # rows on the page of an act; the list has all
CENT = Decimal("0.01")
TEMPLATE = "admin/many.html"


class Chosen:
    """The rows on which somebody is about to act, and what they come to."""

    def __init__(self, screen: "ManyAdmin", rows: models.QuerySet) -> None:
        self.screen, self.rows = screen, rows.order_by()

    @cached_property
    def sums(self) -> dict[str, Any]:
        parties = {
            f"party_{place}": Count(path, distinct=True)
            for place, path in enumerate(self.screen.parties.values())
        }
        total = {"total": Sum(self.screen.amount)} if self.screen.amount else {}
        return self.rows.aggregate(count=Count("pk"), **parties, **total)

    @property
    def count(self) -> int:
        return self.sums["count"]

    @property
    def total(self) -> Decimal:
        """In yuan; 0 where the rows are no money."""
        return (self.sums.get("total") or Decimal(0)).quantize(CENT)

    @property
    def spelled(self) -> str:
        return self.screen.spelled(self.count, self.total)

    @property
    def changed(self) -> str:
        return f"所选{self.screen.noun}刚有变动，请返回列表重新选择。"

    def confirm(self, rows: Iterable[Any], count: int, total: Decimal | None) -> None:
        """Refuse unless these are as many, and come to as much, as was shown."""
        amounts = [getattr(row, self.screen.amount) if self.screen.amount else 0 for row in rows]
        if (len(amounts), sum(amounts)) != (count, total or 0):
            raise Refused(self.changed, code="changed_since")

    def told(self) -> list[str]:
        """What will happen, in sentences."""
        if not self.count:
            return [f"没有选中可以办理的{self.screen.noun}，请返回列表重新选择。"]
        units = [
            f"{self.sums[f'party_{place}']:,} {unit}"
            for place, unit in enumerate(self.screen.parties)
        ]
        among = f"，共 {'、'.join(units)}" if units else ""
        total = f"，合计 {self.total:,} 元" if self.screen.amount else ""
        return [f"{self.count:,} {self.screen.unit}{among}{total}。", *self.consequences()]

    def consequences(self) -> list[str]:
        return []

    def table(self) -> Table:
        rows = self.screen.get_queryset(None, of=self.rows).order_by("pk")[:SHOWN]
        title = f"所选{self.screen.noun}"
        if self.count > SHOWN:
            title += f"（前 {SHOWN} {self.screen.unit}）"
        lines = [self.screen.line(row) for row in rows]
        return Table(title, self.screen.headings, lines, f"没有选中可以办理的{self.screen.noun}。")


class ManyAdmin(ReadOnlyAdmin):
    """A list in which whoever may act on many rows ticks them; nothing is typed in on its screen.

    `acts` are the buttons (name → what they do with those that are ticked). `noun` and `unit` are
    what the rows are called and counted in, `parties` whose they are (unit → path of what is
    counted once), `amount` the field of their money ("" for none). `headings` and `line` make the
    table of what was chosen; `takes` says which rows have a tick.
    """

    acts: ClassVar[Mapping[str, str]] = {}
    noun: ClassVar[str] = "记录"
    unit: ClassVar[str] = "件"
    parties: ClassVar[Mapping[str, str]] = {}
    amount: ClassVar[str] = ""
    headings: ClassVar[list[str]] = []
    list_before_template = "admin/many_before.html"
    ordering = ["-id"]
    sortable_by = ()

    def line(self, row: Any) -> list[Any]:
        raise NotImplementedError

    def takes(self, row: Any) -> bool:
        raise NotImplementedError

    def spelled(self, count: int, total: Decimal) -> str:
        money = f"、{total:,} 元" if self.amount else ""
        return f"{count:,} {self.unit}{money}"

    def get_queryset(
        self, request: HttpRequest | None, of: models.QuerySet | None = None
    ) -> models.QuerySet:
        """The rows of the list, or these with what a line of them needs."""
        return super().get_queryset(request) if of is None else of

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *super().get_readonly_fields(request, obj)]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The ways to an act stand above the list, where they keep the filters."""
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
    def tick(self, row: Any) -> str:
        if not self.takes(row):
            return ""
        return format_html(
            '<input type="checkbox" name="id" value="{}" form="deciding" aria-label="选择{}">',
            row.pk,
            self.line(row)[0],
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, and above it what its money comes to, where it is not too long to say."""
        response = super().changelist_view(request, extra_context)
        known = getattr(response, "context_data", None) or {}
        if "cl" in known:
            known["acts"] = self._acts(request)
            known["amount"], known["unit"] = self.amount, self.unit
            if self.amount and not known["cl"].paginator.more:
                rows = known["cl"].queryset.order_by()
                total = rows.aggregate(total=Sum(self.amount))["total"] or Decimal(0)
                known["total"] = f"{total:,.2f}"
        return response


# The steps of a procedure.


class Deciding(Chosen):
    """The rows on which somebody is about to take one step."""

    def __init__(self, screen: "DecidingAdmin", rows: models.QuerySet, step: str) -> None:
        super().__init__(screen, rows)
        self.step = workflow.registry[screen.model].transitions[step]

    def consequences(self) -> list[str]:
        return [*([self.step.says] if self.step.says else []), self.screen.rechecks]

    def take(self, *, count: int, total: Decimal | None, comment: str, by: Any) -> str:
        """Take the step on what was shown, and say what stayed and why."""
        unit = self.screen.unit
        if not 0 < count <= MOST:
            told = f"一次办理 1 至 {MOST:,} {unit}，请在列表中筛选后分次办理。"
            raise Refused(told, code="too_many")
        with transaction.atomic():
            rows = list(self.rows)
            self.confirm(rows, count, total)
            taken, left = workflow.apply_many(rows, self.step.name, by=by, comment=comment)
            reasons = self._reasons(left)
            if not taken:
                raise Refused(f"没有办理任何一{unit}。{reasons}", code="nothing_taken")
        amount = self.screen.amount
        money = sum((getattr(row, amount) for row in taken), Decimal("0.00")) if amount else 0
        return f"“{self.step.label}”已办理 {self.screen.spelled(len(taken), money)}。{reasons}"

    def _reasons(self, left: Counter[str]) -> str:
        unit = self.screen.unit
        return "".join(f"{some:,} {unit}未办理：{why}" for why, some in left.most_common(TOLD))


class WordsForm(ChosenForm):
    """Words on many at once; whoever must give a reason gives it once for all."""

    comment = forms.CharField(
        label="意见",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    field_order = ("comment",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed = self.row.step.needs_comment
        self.fields["comment"].required = needed
        self.fields["comment"].help_text = (
            "不少于四个字，随件留存。" if needed else "可不填，随件留存。"
        )

    def clean_comment(self) -> str:
        words = self.cleaned_data["comment"].strip()
        if self.row.step.needs_comment and len(words) < LEAST:
            raise ValidationError("请填写意见，不少于四个字。")
        return words


def decide_many(
    step: str, label: str, permission: str, *, icon: str = "done_all", danger: bool = False
) -> Callable:
    """A button of a list that takes a step with many rows."""

    def chosen(screen: "DecidingAdmin", request: HttpRequest) -> Deciding:
        way = workflow.registry[screen.model].transitions[step]
        mine = screen.model._default_manager.visible_to(request.user, permission)
        mine = mine.filter(state__in=way.sources)
        return Deciding(screen, ticked_or_listed(screen, request, mine), step)

    def act(screen: "DecidingAdmin", request: HttpRequest, found: Deciding, **given: Any) -> str:
        return found.take(by=request.user, **given)

    act.__name__ = f"{step}_many"
    return button(
        label,
        permission=permission,
        form=WordsForm,
        icon="block" if danger else icon,
        danger=danger,
        about=chosen,
        consequences=Deciding.told,
        template=TEMPLATE,
    )(act)


class DecidingAdmin(ManyAdmin, ProceedingAdmin):
    """A list of a procedure. `decidable` are the states with a tick, `rechecks` says what is looked
    at with each row again."""

    decidable: ClassVar[tuple[str, ...]] = ()
    rechecks: ClassVar[str] = "逐件核对，条件不符或须由本人回避的不办理，并说明原因。"

    def get_queryset(
        self, request: HttpRequest | None, of: models.QuerySet | None = None
    ) -> models.QuerySet:
        related = workflow.registry[self.model].related
        return super().get_queryset(request, of).select_related(*related, "organisation")

    def takes(self, row: Any) -> bool:
        return row.state in self.decidable
