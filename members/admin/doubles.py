"""Persons who may be one: the list of work, the pair side by side, merging and taking it back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from core import inbox, timeline
from core.admin import Mark, ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.fields import EncryptedTextField
from core.forms import ReasonForm, ScopedForm
from core.models import User
from core.views import CappedPaginator
from members.admin.people import STATE_MARKS as MEMBERSHIP_MARKS
from members.doubles import LIKELY, REASONS
from members.models import DuplicateCandidate, Membership, Merge, Person
from members.services import doubles, merging

State = DuplicateCandidate.State
STATE_MARKS = {
    State.OPEN: Mark.WAITING.of(State.OPEN.label),
    State.MERGED: Mark.DONE.of(State.MERGED.label),
    State.APART: Mark.OVER.of(State.APART.label),
}
LIKELY_MARKS = {True: Mark.REFUSED.of("很可能"), False: Mark.INFO.of("可能")}
# Facts that go with the number, and stay with it.
NUMBERED = ["certificate_type", "certificate_number", "sex", "birth_date"]


@inbox.provider
def pairs_to_look_at(user: User) -> Iterable[inbox.Waiting]:
    """One entry for all open pairs of the user's scope."""
    if not user.has_perm("members.change_duplicatecandidate"):
        return
    rows = DuplicateCandidate.objects.visible_to(user, "members.change_duplicatecandidate").open()
    oldest = rows.order_by("found_at").first()
    if oldest is not None:
        pages = CappedPaginator(rows, 1)
        count = f"{pages.count}{' 对以上' if pages.more else ' 对'}"
        url = reverse("admin:members_duplicatecandidate_changelist")
        yield inbox.Waiting("核对疑似重复会员", count, oldest.found_at, url)


class StateFilter(admin.SimpleListFilter):
    """待核对 unless another state is asked for."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return State.choices

    def choices(self, changelist: Any) -> Iterable[dict[str, Any]]:
        everything, *states = super().choices(changelist)
        for choice in states:
            if self.value() is None:
                choice["selected"] = choice["display"] == State.OPEN.label
            yield choice

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(state=self.value() or State.OPEN)


class LikelyFilter(admin.SimpleListFilter):
    title = "可能性"
    parameter_name = "likely"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("1", "很可能"), ("0", "可能")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() is None:
            return queryset
        likely = models.Q(points__gte=LIKELY)
        return queryset.filter(likely if self.value() == "1" else ~likely)


class ReasonFilter(admin.SimpleListFilter):
    title = "理由"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(code, reason.sentence) for code, reason in REASONS.items() if reason.points > 0]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(codes__contains=f" {self.value()} ")


def shown(person: Person, name: str) -> str:
    """A field of a person as the pages show it: masked, choices in words."""
    field = Person._meta.get_field(name)
    value = getattr(person, name)
    if field.choices:
        value = getattr(person, f"get_{name}_display")()
    return "—" if value in (None, "") else str(value)


def _differs(pair: DuplicateCandidate, name: str) -> bool:
    return getattr(pair.first, name) != getattr(pair.second, name)


class ApartForm(ScopedForm):
    why = forms.CharField(
        label="判断依据",
        min_length=2,
        max_length=200,
        help_text="例如：已电话核实，两人同名同日出生。以后不再提示这一对。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MergeForm(ScopedForm):
    """Which number is right, which value of each field that differs, which membership stays."""

    reason = ReasonForm.base_fields["reason"]

    def __init__(self, *args: Any, row: DuplicateCandidate, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        reason = self.fields.pop("reason")
        self.spells = list(merging.memberships_of(row))
        kept = self._proposed()
        self.fields["survivor"] = self._choice(
            "证件号码", "certificate_number", "first" if kept == row.first else "second"
        )
        for name in merging.TAKEN:
            if _differs(row, name):
                field = Person._meta.get_field(name)
                side = "first" if getattr(row.first, name) else "second"
                if getattr(kept, name):
                    side = "first" if kept == row.first else "second"
                self.fields[name] = self._choice(str(field.verbose_name), name, side)
        if len(choices := merging.staying(self.spells)) > 1:
            self.fields["stays"] = forms.ChoiceField(
                label="保留哪一段在册会籍",
                choices=[(one.pk, f"{one.organisation}，{one.joined_on} 入会") for one in choices],
                widget=forms.RadioSelect,
            )
        if self._plans(moved=False) != self._plans(moved=True):
            self.fields["moved"] = forms.ChoiceField(
                label="重叠的会籍如何处理",
                choices=[
                    ("", "同一会籍登记了两次：重复的一段从未计入"),
                    ("1", "本人先后加入两个工会：前一段在后一段入会之日终止，补记为转接"),
                ],
                required=False,
                widget=forms.RadioSelect,
            )
        self.fields["reason"] = reason

    def _proposed(self) -> Person:
        """The resident number, else the one with a current membership, else the older row."""
        row = self.row
        resident = Person.CertificateType.RESIDENT
        current = {spell.person_id for spell in self.spells if spell.left_on is None}
        return max(
            (row.second, row.first),
            key=lambda one: (one.certificate_type == resident, one.pk in current, -one.pk),
        )

    def _choice(self, label: str, name: str, side: str) -> forms.ChoiceField:
        sides = [("first", shown(self.row.first, name)), ("second", shown(self.row.second, name))]
        return forms.ChoiceField(label=label, choices=sides, initial=side, widget=forms.RadioSelect)

    def _plans(self, *, moved: bool) -> list[list[Any]]:
        choices = merging.staying(self.spells)
        return [merging.settle(self.spells, one, moved=moved) for one in choices]

    def lines(self) -> list[dict[str, Any]]:
        """Every fact of both, side by side; `field` where one of two values is chosen."""
        found = []
        for name in [*NUMBERED, *merging.TAKEN]:
            asked = "survivor" if name == "certificate_number" else name
            found.append(
                {
                    "label": Person._meta.get_field(name).verbose_name,
                    "first": shown(self.row.first, name),
                    "second": shown(self.row.second, name),
                    "differs": _differs(self.row, name),
                    "field": self[asked] if asked in self.fields else None,
                }
            )
        return found

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Below the two columns: memberships and the reason."""
        return [("", [self[name] for name in ("stays", "moved", "reason") if name in self.fields])]

    def clean(self) -> dict[str, Any]:
        """The choices as the service takes them."""
        given = self.cleaned_data
        side = given.get("survivor")
        return {
            "survivor": self.row.first if side == "first" else self.row.second,
            "take": [name for name in merging.TAKEN if given.get(name, side) != side],
            "stays": next((row for row in self.spells if str(row.pk) == given.get("stays")), None),
            "moved": bool(given.get("moved")),
            "reason": given.get("reason", ""),
        }


def what_merging_does(row: DuplicateCandidate) -> list[str]:
    """With counts, and for each way that may be chosen."""
    spells = list(merging.memberships_of(row))
    told = [
        "2 条会员信息合并为 1 条，保留所选证件号码的一条；另一个证件号码不能再用于登记。",
        f"两人的 {len(spells)} 段会籍并为一份会籍经历，任职等其他记录一并改记。",
    ]
    choices = merging.staying(spells)
    for one in choices:
        when = f"保留“{one.organisation}”的会籍时：" if len(choices) > 1 else ""
        plans = {moved: merging.settle(spells, one, moved=moved) for moved in (False, True)}
        for moved, changes in plans.items():
            if moved and changes == plans[False]:
                continue
            way = ("先后加入的，" if moved else "重复登记的，") if plans[0] != plans[1] else ""
            told += [f"{when}{way}{text}" for text in merging.sentences(spells, changes)]
    return [
        *told,
        "各期会员数按合并后的记录重新计算，重叠期间只计 1 人；已签发的报告不变。",
        "合并可以撤销，撤销后两人的记录恢复原样。",
    ]


@admin.register(DuplicateCandidate)
class DuplicateCandidateAdmin(ReadOnlyAdmin):
    """Pairs are found by search and decided here."""

    list_display = ["one", "other", "why_alike", "likely", "union", "state_mark", "found_at"]
    list_display_links = ["one", "other"]
    list_filter = [StateFilter, LikelyFilter, ReasonFilter, SubtreeFilter]
    list_select_related = ["first", "second", "organisation"]
    ordering = ["-points", "id"]
    sortable_by = ()
    fields = ["why_alike", "likely", "state_mark", "union", "decided_by", "decided_at", "why"]
    actions_list = ["search"]
    actions_detail = ["merge", "apart"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="会员甲")
    def one(self, row: DuplicateCandidate) -> str:
        return _named(row.first)

    @display(description="会员乙")
    def other(self, row: DuplicateCandidate) -> str:
        return _named(row.second)

    @display(description="理由")
    def why_alike(self, row: DuplicateCandidate) -> str:
        return "，".join(row.reasons)

    @display(description="可能性")
    def likely(self, row: DuplicateCandidate) -> str:
        return LIKELY_MARKS[row.is_likely]

    @display(description="核对工会")
    def union(self, row: DuplicateCandidate) -> str:
        return row.organisation.label

    @display(description="状态")
    def state_mark(self, row: DuplicateCandidate) -> str:
        return STATE_MARKS[row.state]

    def tables_of(self, obj: DuplicateCandidate, *, reader: User) -> list[Table]:
        spells = Membership.objects.visible_to(reader).filter(person__in=[obj.first, obj.second])
        spells = list(spells.select_related("organisation").order_by("joined_on", "pk"))
        merges = Merge.objects.visible_to(reader).filter(candidate=obj)
        tables = [
            Table(
                "两人对照",
                ["项目", "会员甲", "会员乙", "是否一致"],
                [
                    [
                        Person._meta.get_field(name).verbose_name,
                        _revealable(obj.first, name, spells, reader),
                        _revealable(obj.second, name, spells, reader),
                        Mark.REFUSED.of("不同") if _differs(obj, name) else Mark.DONE.of("一致"),
                    ]
                    for name in ["name", *NUMBERED, *merging.TAKEN[1:]]
                ],
                "",
            ),
            Table(
                "两人的会籍",
                ["会员", "所属工会", "入会日期", "入会方式", "离会日期", "离会原因", "会籍状态"],
                [
                    [
                        "甲" if row.person_id == obj.first_id else "乙",
                        link(Membership, row.pk, row.organisation),
                        row.joined_on.isoformat(),
                        row.get_entry_display(),
                        row.left_on and row.left_on.isoformat(),
                        row.get_leave_reason_display() or None,
                        MEMBERSHIP_MARKS[row.left_on is None],
                    ]
                    for row in spells
                ],
                "没有会籍记录。",
            ),
        ]
        if merges:
            rows = [
                [link(Merge, row.pk, f"{row.merged_at:%Y-%m-%d}"), row.merged_by, _undone(row)]
                for row in merges.select_related("merged_by")
            ]
            tables.append(Table("合并记录", ["合并时间", "办理人", "状态"], rows, ""))
        return tables

    @button(
        "查找疑似重复",
        permission="members.change_duplicatecandidate",
        icon="person_search",
        consequences=lambda row: [
            "在本人管辖范围内按证件号码、姓名和出生日期、手机号、同一工会的同名会员查找。",
            "已核对过的不再列出，信息更正后不再相似的自动移除。",
        ],
    )
    def search(self, request: HttpRequest, row: None) -> str:
        job = doubles.ask(request.user.organisation, by=request.user)
        url = reverse("job", args=[job.pk])
        return format_html('已开始查找，可在<a href="{}">“我的任务”</a>查看进度。', url)

    @button(
        "合并",
        permission="members.merge_person",
        form=MergeForm,
        icon="merge",
        danger=True,
        when=lambda row: row.state == State.OPEN,
        consequences=what_merging_does,
        template="admin/merge.html",
    )
    def merge(self, request: HttpRequest, row: DuplicateCandidate, **given: Any) -> str:
        made = merging.merge(row, by=request.user, **given)
        told = "".join(made.told)
        return f"2 条会员信息已合并为 1 条。{told}如有差错，可由科室负责人在合并记录中撤销。"

    @button(
        "不是同一人",
        permission="members.change_duplicatecandidate",
        form=ApartForm,
        icon="group",
        when=lambda row: row.state == State.OPEN,
        consequences=lambda row: ["两人的信息都不改动，以后不再提示这一对。"],
    )
    def apart(self, request: HttpRequest, row: DuplicateCandidate, why: str) -> str:
        doubles.set_apart(row, why=why, by=request.user)
        return "已记录为不是同一人，以后不再提示。"


def _named(person: Person) -> str:
    return format_html("{}<br>{}", person.name, person.certificate_number)


def _revealable(person: Person, name: str, spells: list[Membership], reader: User) -> str:
    """The value; an encrypted one with the way to its clear text."""
    text = shown(person, name)
    sealed = isinstance(Person._meta.get_field(name), EncryptedTextField)
    held = next((row.pk for row in reversed(spells) if row.person_id == person.pk), None)
    if not sealed or text == "—" or not held or not reader.has_perm("members.reveal_person"):
        return text
    url = reverse("admin:members_membership_reveal", args=[held, name])
    return format_html('{} <a class="ml-2 text-primary-600" href="{}">查看</a>', text, url)


def _undone(row: Merge) -> str:
    return Mark.OVER.of("已撤销") if row.undone_at else Mark.DONE.of("有效")


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    """What was merged, and the way back."""

    list_display = ["kept", "gone", "union", "merged_by", "merged_at", "mark"]
    list_display_links = ["kept"]
    list_filter = [SubtreeFilter]
    list_select_related = ["surviving", "absorbed", "organisation", "merged_by", "undone_by"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["kept", "gone", "union", "mark", "done", "reason", "merged_by", "merged_at"],
        *["undone_by", "undone_at", "undo_reason", "pair"],
    ]
    actions_detail = ["undo"]

    @property
    def sealed_fields(self) -> dict[str, EncryptedTextField]:
        """None: the snapshot is for undoing, not for reading."""
        return {}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="保留的会员信息")
    def kept(self, row: Merge) -> str:
        return _named(row.surviving)

    @display(description="并入的会员信息")
    def gone(self, row: Merge) -> str:
        return _named(row.absorbed)

    @display(description="核对工会")
    def union(self, row: Merge) -> str:
        return row.organisation.label

    @display(description="状态")
    def mark(self, row: Merge) -> str:
        return _undone(row)

    @display(description="合并结果")
    def done(self, row: Merge) -> str:
        return format_html_join("", "<div>{}</div>", ((text,) for text in row.told)) or "—"

    @display(description="疑似重复")
    def pair(self, row: Merge) -> str:
        return link(DuplicateCandidate, row.candidate_id, "查看两人对照")

    def tables_of(self, obj: Merge, *, reader: User) -> list[Table]:
        spells = Membership.objects.visible_to(reader).filter(person=obj.surviving)
        rows = [
            [
                link(Membership, row.pk, row.organisation),
                row.joined_on.isoformat(),
                row.left_on and row.left_on.isoformat(),
                MEMBERSHIP_MARKS[row.left_on is None],
            ]
            for row in spells.select_related("organisation").order_by("joined_on", "pk")
        ]
        headings = ["所属工会", "入会日期", "离会日期", "会籍状态"]
        return [Table("保留的会员的会籍", headings, rows, "没有会籍记录。")]

    def timeline_of(self, obj: Merge, *, reader: User) -> list[timeline.Entry]:
        return timeline.of(obj.surviving, reader=reader)

    @button(
        "撤销合并",
        permission="members.undo_merge",
        form=ReasonForm,
        icon="undo",
        danger=True,
        when=lambda row: row.undone_at is None,
        consequences=lambda row: [
            "1 条会员信息恢复为 2 条，会籍、任职等记录恢复为合并前的内容。",
            "各期会员数按恢复后的记录重新计算。",
            "合并后又有改动的，列出改动，不能撤销。",
            "两人重新列入疑似重复，等待核对。",
        ],
    )
    def undo(self, request: HttpRequest, row: Merge, reason: str) -> str:
        merging.undo(row, reason=reason, by=request.user)
        return "合并已撤销，2 条会员信息恢复原样，并重新列入疑似重复。"
