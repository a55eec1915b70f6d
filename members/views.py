"""The roster of the own union in the portal: who is in it, joins, is corrected, leaves."""

import datetime
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from core import timeline
from core.errors import Refused
from core.fields import Sealed
from core.models import Organisation
from core.views import ScopedDetailView, ScopedListView, ServiceFormView
from members.forms import (
    MEMBERSHIP_CORRECTED,
    PortalCorrectForm,
    PortalEnrolForm,
    PortalLeaveForm,
    at_fields,
    looks_like_number,
)
from members.models import Membership
from members.services import doubles, people

ACTS = 20  # entries of the timeline of a page

PERSON_FACTS = [
    *["certificate_type", "certificate_number", "phone", "sex", "birth_date", "ethnicity"],
    *["political_status", "education", "household", "skill_grade", "professional_title"],
]
MEMBERSHIP_FACTS = [
    *["joined_on", "entry", "employer", "position", "worker_group", "employment", "status"],
    *["card_number", "kept_since", "left_on", "leave_reason"],
]


class Roster(ScopedListView):
    """会员名册: the current members in scope, the latest registered first."""

    model = Membership
    permission = "members.view_membership"
    template_name = "members/roster.html"
    paginate_by = 25

    @property
    def asked(self) -> str:
        return self.request.GET.get("q", "").strip()[:50]

    def get_queryset(self) -> models.QuerySet[Membership]:
        rows = super().get_queryset().current()
        if looks_like_number(self.asked):
            return rows.none()
        if self.asked:
            rows = rows.called(self.asked)
        return rows.select_related("person", "organisation").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        unions = Organisation.objects.visible_to(user, self.permission)
        return super().get_context_data(
            several=len(unions.values_list("pk")[:2]) > 1,
            asked=self.asked,
            is_number=looks_like_number(self.asked),
            may_enrol=user.has_perm("members.add_membership"),
            may_import=user.has_perm("members.import_membership"),
            may_export=user.has_perm("members.export_membership"),
            **kwargs,
        )


class MemberPage(ScopedDetailView):
    """One member: facts with masked numbers, earlier memberships in scope, what was done."""

    model = Membership
    permission = "members.view_membership"
    template_name = "members/member.html"
    context_object_name = "member"

    def get_queryset(self) -> models.QuerySet[Membership]:
        return super().get_queryset().select_related("person", "organisation", "employer")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member, user = self.object, self.request.user
        acts = timeline.of(member, reader=user) + timeline.of(member.person, reader=user)
        periods = Membership.objects.visible_to(user).filter(person=member.person_id)
        return super().get_context_data(
            groups=[
                ("会籍信息", facts(member, MEMBERSHIP_FACTS)),
                ("个人信息", facts(member.person, PERSON_FACTS)),
            ],
            periods=periods.select_related("organisation").order_by("-joined_on", "-id"),
            entries=sorted(acts, key=lambda entry: entry.at, reverse=True)[:ACTS],
            may_correct=member.left_on is None
            and user.has_perm("members.change_membership", member)
            and user.has_perm("members.change_person", member.person),
            may_end=member.left_on is None and user.has_perm("members.change_membership", member),
            **kwargs,
        )


def facts(row: models.Model, names: list[str]) -> list[tuple[str, str]]:
    """Label and text of what is known of a row; encrypted values as their mask."""
    told = []
    for name in names:
        field = row._meta.get_field(name)
        value = getattr(row, name)
        if field.choices:
            value = getattr(row, f"get_{name}_display")()
        elif isinstance(value, datetime.date):
            value = value.isoformat()
        if value or isinstance(value, Sealed):
            told.append((str(field.verbose_name), str(value)))
    return told


class Enrol(ServiceFormView):
    """登记会员: one person joins the own union."""

    permission = "members.add_membership"
    form_class = PortalEnrolForm
    template_name = "members/form.html"
    title = "登记会员"
    submit = "登记 1 名会员"

    def form_valid(self, form: PortalEnrolForm) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    def act(self, **given: Any) -> str:
        with at_fields():
            made = doubles.enrol(
                self.form.person(),
                self.form.membership(),
                is_another=self.form.cleaned_data["is_another"],
                by=self.request.user,
            )
        self.made = made
        return f"{made.person.name}已登记为“{made.organisation}”会员。"

    def get_success_url(self) -> str:
        return reverse("members:member", args=[self.made.pk])


class MemberFormView(ServiceFormView):
    """A form about one member."""

    model = Membership
    permission = "members.change_membership"
    template_name = "members/form.html"

    def get_success_url(self) -> str:
        return reverse("members:member", args=[self.row.pk])


class Correct(MemberFormView):
    """更正信息: what is wrong on record; number and union have acts of their own."""

    form_class = PortalCorrectForm
    title = "更正会员信息"
    submit = "保存更正"

    def act(self, **given: Any) -> str:
        if self.row.left_on:
            raise Refused(f"这段会籍已于 {self.row.left_on} 终止，不能再更正。", code="ended")
        for name, value in given.items():
            target = self.row if name in MEMBERSHIP_CORRECTED else self.row.person
            target._meta.get_field(name).save_form_data(target, value)
        changed = people.correct_many([(self.row.person, self.row)], by=self.request.user)
        return f"{self.row.person}的信息已更正。" if changed else "内容没有变化，未作更正。"


class Leave(MemberFormView):
    """办理离会: the membership ends; what it was stays."""

    form_class = PortalLeaveForm
    title = "办理离会"
    submit = "办理 1 名会员离会"

    def act(self, on: datetime.date, reason: str, note: str) -> str:
        people.leave(self.row, on=on, reason=reason, note=note, by=self.request.user)
        return f"{self.row.person}自 {on} 起不再是会员，会籍记录保留。"
