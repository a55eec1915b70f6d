"""Members: who belongs to which union since when, found, enrolled, corrected, let go."""

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from core import timeline
from core.admin import ChoiceFilter, Mark, ScopedAdmin, SubtreeFilter, Table, button, link
from core.admin.base import sealed_fields_of
from core.fields import EncryptedTextField
from core.forms import ScopedForm
from core.models import Organisation, User
from core.rules import text
from members.forms import (
    MEMBERSHIP_CORRECTED,
    CorrectForm,
    LeaveForm,
    PersonForm,
    at_fields,
    looks_like_number,
)
from members.models import DuplicateCandidate, Membership, Person, Transfer
from members.models.people import WorkerGroup
from members.services import doubles, people

SEXES, GROUPS = dict(Person.Sex.choices), dict(WorkerGroup.choices)
STATE_MARKS = {True: Mark.DONE.of("在册"), False: Mark.OVER.of("已离会")}


class CurrentFilter(admin.SimpleListFilter):
    """在册 or 已离会."""

    title = "会籍状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("current", "在册"), ("left", "已离会")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "current":
            return queryset.filter(left_on__isnull=True)
        if self.value() == "left":
            return queryset.filter(left_on__isnull=False)
        return queryset.none() if self.value() else queryset


class EntryFilter(ChoiceFilter):
    title = "入会方式"
    parameter_name = "entry"
    options = Membership.Entry.choices


class EnrolForm(PersonForm, forms.ModelForm):
    """A person and the membership that begins."""


class KeepForm(ScopedForm):
    since = forms.DateField(label="保留会籍起始日")
    status = forms.ChoiceField(
        label="就业状况",
        choices=[
            (status.value, status.label)
            for status in (Membership.Status.RETIRED, Membership.Status.UNEMPLOYED)
        ],
    )


class TransferForm(ScopedForm):
    target = forms.CharField(
        label="转入工会",
        max_length=120,
        help_text="填写转入工会的全称或组织编码，可以是其他区县的工会。",
    )
    on = forms.DateField(label="转出日期")
    reason = forms.CharField(label="说明", max_length=200, required=False)

    def clean_target(self) -> Organisation:
        """Unions are public; the one named exactly, wherever it stands."""
        asked = self.cleaned_data["target"].strip()
        found = Organisation.objects.filter(
            models.Q(name=asked) | models.Q(code=asked), closed_on__isnull=True
        )[:2]
        if not found:
            raise ValidationError("没有找到该工会，请核对全称或组织编码。")
        if len(found) > 1:
            raise ValidationError("有多个工会使用该名称，请填写组织编码。")
        return found[0]


class FindForm(ScopedForm):
    number = forms.CharField(
        label="证件号码或手机号",
        max_length=30,
        help_text="填写完整号码，按号码精确查找，不留在网址中。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        number = text.normalise_code(self.cleaned_data["number"])
        if len(number) < 6:
            raise ValidationError("请填写完整的证件号码或手机号。")
        return number


def of_person(name: str) -> Callable[[Membership], Any]:
    """A fact of the person as a read-only line of the record; encrypted ones lead to `reveal`."""
    field = Person._meta.get_field(name)

    @display(description=field.verbose_name)
    def fact(row: Membership) -> Any:
        value = getattr(row.person, name)
        if isinstance(field, EncryptedTextField):
            return _sealed(row, name, value)
        if field.choices:
            value = getattr(row.person, f"get_{name}_display")()
        return value or "—"

    return fact


def _sealed(row: Membership, name: str, value: Any) -> Any:
    if not value:
        return "—"
    if not row.reader.has_perm("members.reveal_person"):
        return str(value)
    url = reverse("admin:members_membership_reveal", args=[row.pk, name])
    return format_html('{} <a class="ml-2 text-primary-600" href="{}">查看</a>', value, url)


def _pairs_of(person: Person, reader: User) -> list[Table]:
    """The pairs that the person stands in, if there are any."""
    pairs = DuplicateCandidate.objects.visible_to(reader).of(person)
    rows = [
        [
            link(DuplicateCandidate, pair.pk, pair),
            "，".join(pair.reasons),
            pair.get_state_display(),
        ]
        for pair in pairs.select_related("first", "second")
    ]
    return [Table("疑似重复", ["两人", "理由", "状态"], rows, "")] if rows else []


def _told_found(found: list[DuplicateCandidate]) -> str:
    links = format_html_join(
        "、",
        '<a href="{}">{}</a>',
        (
            (reverse("admin:members_duplicatecandidate_change", args=[pair.pk]), pair)
            for pair in found
        ),
    )
    return format_html("有 {} 对会员疑似重复，请核对：{}。", len(found), links)


# Lines of the record, two facts each.
RECORD = [
    (
        "会籍信息",
        [
            ("state", "full_union"),
            ("joined_on", "entry"),
            ("left_on", "leave_reason"),
            ("works_at", "position"),
            ("worker_group", "migrant"),
            ("employment", "status"),
            ("card_number", "kept_since"),
        ],
    ),
    (
        "个人信息",
        [
            (of_person("name"), of_person("certificate_type")),
            (of_person("certificate_number"), of_person("phone")),
            (of_person("sex"), of_person("birth_date")),
            (of_person("address"), of_person("household")),
            (of_person("ethnicity"), of_person("political_status")),
            (of_person("education"), of_person("professional_title")),
            (of_person("skill_grade"),),
        ],
    ),
]


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    list_display = [
        "name",
        "number",
        "phone",
        "union",
        "sex",
        "birth_year",
        "group",
        "joined_on",
        "state",
    ]
    list_display_links = ["name"]
    list_filter = [
        CurrentFilter,
        SubtreeFilter,
        "worker_group",
        "is_migrant_worker",
        EntryFilter,
        ("joined_on", RangeDateFilter),
    ]
    list_select_related = ["person", "organisation"]
    search_fields = ["person__name"]
    search_help_text = "姓名开头，或姓名拼音、首字母"
    ordering = ["-id"]
    sortable_by = ["joined_on"]
    actions_list = ["find"]
    actions_detail = ["correct", "transfer", "keep", "leave", "look_alike"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A membership changes by its acts: correction, transfer, keeping, leaving."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """By the beginning of the name, its pinyin or initials. Numbers go the way of `find`."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if looks_like_number(term):
            messages.warning(
                request, "按号码查找请使用“按号码查找会员”，完整号码不能填在此处的搜索框。"
            )
            return queryset.none(), False
        return queryset.called(term), False

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Membership | None:
        obj = super().get_object(request, *args, **kwargs)
        if obj is not None:
            obj.reader = request.user
        return obj

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("person", "organisation")

    # The list.

    @display(description="姓名")
    def name(self, row: Membership) -> str:
        return row.person.name

    @display(description="证件号码")
    def number(self, row: Membership) -> str:
        return str(row.person.certificate_number)

    @display(description="手机号")
    def phone(self, row: Membership) -> str:
        return str(row.person.phone or "—")

    @display(description="所属工会")
    def union(self, row: Membership) -> str:
        return row.organisation.label

    @display(description="所属工会")
    def full_union(self, row: Membership) -> str:
        return str(row.organisation)

    @display(description="工作单位")
    def works_at(self, row: Membership) -> str:
        return str(row.employer or "—")

    @display(description="性别")
    def sex(self, row: Membership) -> str:
        return SEXES.get(row.person.sex, "—")

    @display(description="出生年份")
    def birth_year(self, row: Membership) -> Any:
        return row.person.birth_date and str(row.person.birth_date.year)

    @display(description="从业群体")
    def group(self, row: Membership) -> str:
        return GROUPS.get(row.worker_group, "—")

    @display(description="农民工")
    def migrant(self, row: Membership) -> str:
        return "是" if row.is_migrant_worker else "否"

    @display(description="会籍状态")
    def state(self, row: Membership) -> str:
        return STATE_MARKS[row.left_on is None]

    # The record.

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return [(heading, {"fields": names}) for heading, names in RECORD]
        return [
            ("证件与联系方式", {"fields": [*EnrolForm.PERSON, "is_another"]}),
            (
                "会籍",
                {
                    "fields": [
                        "organisation",
                        "joined_on",
                        "employer",
                        "worker_group",
                        "is_migrant_worker",
                        "employment",
                        "position",
                    ]
                },
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        return [name for _, lines in RECORD for line in lines for name in line]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = EnrolForm
        return super().get_form(request, obj, **kwargs)

    def tables_of(self, obj: Membership, *, reader: User) -> list[Table]:
        periods = Membership.objects.visible_to(reader).filter(person=obj.person_id)
        transfers = Transfer.objects.visible_to(reader).filter(membership__person=obj.person_id)
        return [
            Table(
                "会籍经历",
                ["所属工会", "入会日期", "入会方式", "离会日期", "离会原因", "会籍状态"],
                [
                    [
                        link(Membership, row.pk, row.organisation),
                        row.joined_on.isoformat(),
                        row.get_entry_display(),
                        row.left_on and row.left_on.isoformat(),
                        row.get_leave_reason_display() or None,
                        STATE_MARKS[row.left_on is None],
                    ]
                    for row in periods.select_related("organisation").order_by("-joined_on", "-id")
                ],
                "没有会籍记录。",
            ),
            Table(
                "会籍转接",
                ["转出工会", "转入工会", "转出日期", "接收（退回）日期", "状态"],
                [
                    [
                        row.organisation,
                        row.target,
                        link(Transfer, row.pk, row.issued_on.isoformat()),
                        row.decided_on and row.decided_on.isoformat(),
                        row.get_state_display(),
                    ]
                    for row in transfers.select_related("organisation", "target")
                ],
                "没有办理过会籍转接。",
            ),
            *_pairs_of(obj.person, reader),
        ]

    def timeline_of(self, obj: Membership, *, reader: User) -> list[timeline.Entry]:
        entries = timeline.of(obj, reader=reader) + timeline.of(obj.person, reader=reader)
        return sorted(entries, key=lambda entry: entry.at, reverse=True)

    @property
    def sealed_fields(self) -> dict[str, EncryptedTextField]:
        return sealed_fields_of(Person)

    def sealed_row(self, obj: Membership) -> Person:
        return obj.person

    # The acts.

    def save_model(
        self, request: HttpRequest, obj: Membership, form: EnrolForm, change: bool
    ) -> None:
        with at_fields():
            person, is_another = form.person(), form.cleaned_data["is_another"]
            doubles.enrol(person, obj, is_another=is_another, by=request.user)
            if found := doubles.find_for(person, by=request.user):
                messages.warning(request, _told_found(found))

    @button(
        "按号码查找会员",
        permission="members.view_membership",
        form=FindForm,
        icon="person_search",
    )
    def find(self, request: HttpRequest, row: None, number: str) -> HttpResponse:
        """The members in scope with this number: for somebody else's the answer is "none"."""
        people_found = Person.objects.holding(number) | Person.objects.phoned(number)
        found = (
            self.get_queryset(request)
            .filter(person__in=people_found.order_by().values("pk"))
            .order_by("-joined_on", "-id")[: self.list_per_page]
        )
        table = Table(
            "查找结果",
            ["姓名", "证件号码", "手机号", "所属工会", "入会日期", "会籍状态"],
            [
                [
                    link(Membership, one.pk, one.person.name),
                    one.person.certificate_number,
                    one.person.phone,
                    one.organisation,
                    one.joined_on.isoformat(),
                    STATE_MARKS[one.left_on is None],
                ]
                for one in found
            ],
            "在管辖范围内没有找到使用该号码的会员，请核对号码。",
        )
        return self._page(request, "admin/found.html", None, title="按号码查找会员", table=table)

    @button(
        "更正信息",
        permission="members.change_person",
        form=CorrectForm,
        icon="edit",
        consequences=lambda row: [
            "更正前后的内容记入审计记录。",
            "证件号码、所属工会和离会情况不在此处修改。",
        ],
    )
    def correct(self, request: HttpRequest, row: Membership, **given: Any) -> str:
        for name, value in given.items():
            target = row if name in MEMBERSHIP_CORRECTED else row.person
            target._meta.get_field(name).save_form_data(target, value)
        changed = people.correct_many([(row.person, row)], by=request.user)
        return f"{row.person}的信息已更正。" if changed else "内容没有变化，未作更正。"

    @button(
        "办理转接",
        permission="members.transfer_membership",
        form=TransferForm,
        icon="swap_horiz",
        when=lambda row: row.left_on is None,
        consequences=lambda row: [
            "转入工会接收后，原会籍终止，新的会籍自接收日起算。",
            f"接收前{row.person}仍是“{row.organisation}”的会员。",
        ],
    )
    def transfer(
        self,
        request: HttpRequest,
        row: Membership,
        target: Organisation,
        on: datetime.date,
        reason: str,
    ) -> str:
        people.issue_transfer(row, target=target, on=on, reason=reason, by=request.user)
        return f"已向“{target}”办理转出，等待对方接收。"

    @button(
        "保留会籍",
        permission="members.change_membership",
        form=KeepForm,
        icon="bookmark",
        when=lambda row: row.left_on is None and row.kept_since is None,
        consequences=lambda row: [
            f"{row.person}仍计入会员，保留期间不缴会费，没有选举权和被选举权。"
        ],
    )
    def keep(self, request: HttpRequest, row: Membership, since: datetime.date, status: str) -> str:
        people.keep(row, since=since, status=status, by=request.user)
        return f"{row.person}自 {since} 起保留会籍。"

    @button(
        "查找疑似重复",
        permission="members.change_duplicatecandidate",
        asked_of=lambda row: row.person,
        icon="difference",
        consequences=lambda row: [
            f"按证件号码、姓名和出生日期、手机号、所属工会查找与{row.person}相似的会员。",
            "找到的列入疑似重复，等待核对，会员信息不改动。",
        ],
    )
    def look_alike(self, request: HttpRequest, row: Membership) -> str:
        found = doubles.look_for(row.person, by=request.user)
        return _told_found(found) if found else "在管辖范围内没有找到相似的会员。"

    @button(
        "办理离会",
        permission="members.change_membership",
        form=LeaveForm,
        icon="person_remove",
        danger=True,
        when=lambda row: row.left_on is None,
        consequences=lambda row: [
            f"自离会日期起，{row.person}不再计入“{row.organisation}”的会员。",
            "会籍记录保留。以后重新入会的，另记一段会籍。",
        ],
    )
    def leave(
        self, request: HttpRequest, row: Membership, on: datetime.date, reason: str, note: str
    ) -> str:
        people.leave(row, on=on, reason=reason, note=note, by=request.user)
        return f"{row.person}已于 {on} 离会。"
