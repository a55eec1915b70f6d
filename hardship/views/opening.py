"""The files of a union in the portal: the list, and how a new one is opened."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property

from core import workflow
from core.models import Organisation
from core.views import ScopedListView, ServiceFormView
from hardship.forms.persons import OpenForm
from hardship.models import Case, FamilyMember
from hardship.services import files
from hardship.views.entry import groups, told_at
from members.forms import looks_like_number
from members.models import Membership

FOUND = 10  # members of the roster to choose from


class Cases(ScopedListView):
    """困难帮扶: the files in scope, the latest first."""

    model = Case
    permission = "hardship.view_case"
    template_name = "hardship/cases.html"
    paginate_by = 25

    @property
    def asked(self) -> str:
        return self.request.GET.get("q", "").strip()[:50]

    @property
    def state(self) -> str:
        state = self.request.GET.get("state", "")
        return state if state in Case.State.values else ""

    def get_queryset(self) -> models.QuerySet[Case]:
        rows = super().get_queryset()
        if looks_like_number(self.asked):
            return rows.none()
        if self.asked:
            rows = rows.called(self.asked)
        if self.state:
            rows = rows.filter(state=self.state)
        return rows.select_related("organisation").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        unions = Organisation.objects.visible_to(user, self.permission)
        return super().get_context_data(
            several=len(unions.values_list("pk")[:2]) > 1,
            asked=self.asked,
            is_number=looks_like_number(self.asked),
            state=self.state,
            states=Case.State.choices,
            state_label=Case.State(self.state).label if self.state else "",
            may_open=user.has_perm("hardship.add_case"),
            **kwargs,
        )


class Open(ServiceFormView):
    """新建困难职工档案: the applicant. Whoever stands in the roster may be chosen there."""

    permission = "hardship.add_case"
    form_class = OpenForm
    template_name = "hardship/open.html"
    title = "新建困难职工档案"
    submit = "建立草稿，下一步：家庭成员"

    @cached_property
    def may_choose(self) -> bool:
        return self.request.user.has_perm("members.view_membership")

    @cached_property
    def roster(self) -> models.QuerySet[Membership]:
        rows = Membership.objects.visible_to(self.request.user).current()
        return rows.select_related("person", "organisation", "employer")

    def get_initial(self) -> dict[str, Any]:
        """What the register knows of the member that was chosen, numbers as their masks."""
        key = self.request.GET.get("member", "")
        chosen = (
            self.roster.filter(pk=key).first()
            if self.may_choose and key.isdecimal() and len(key) < 19
            else None
        )
        if chosen is None:
            return {}
        person = chosen.person
        return {
            "member": chosen.pk,
            "name": person.name,
            "certificate_type": person.certificate_type,
            "certificate_number": str(person.certificate_number or ""),
            "sex": person.sex,
            "birth_date": person.birth_date,
            "phone": str(person.phone or ""),
            "employment": FamilyMember.Employment.WORKING,
            "workplace": chosen.employer.name if chosen.employer else "",
            "organisation": chosen.organisation.code,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("q", "").strip()[:50] if self.may_choose else ""
        is_number = looks_like_number(asked)
        found = self.roster.called(asked).order_by("-id") if asked and not is_number else []
        context = super().get_context_data(
            may_choose=self.may_choose,
            asked=asked,
            is_number=is_number,
            found=list(found[:FOUND]),
            **kwargs,
        )
        return context | {"groups": groups(context["form"])}

    def form_valid(self, form: OpenForm) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    def act(self, **given: Any) -> str:
        applicant = self.form.applicant()
        applicant.clean()
        self._agree_with_register(applicant)
        with told_at(in_open_file="certificate_number", concerned="certificate_number"):
            self.made = files.open_draft(self.form.case(), applicant, by=self.request.user)
        return "已建立草稿，以后各步随填随存，可以随时离开，以后接着填。"

    def _agree_with_register(self, applicant: FamilyMember) -> None:
        """Of a member whom the user sees, the name is that of the register."""
        if not self.may_choose:
            return
        index = workflow.identity(applicant.certificate_number.clear(), applicant.certificate_type)
        known = self.roster.filter(person__certificate_index=index).first()
        if known and known.person.name != applicant.name:
            raise ValidationError(
                {"name": "该证件号码在会员名册中登记的是另一姓名，请对照证件核对姓名和号码。"}
            )

    def get_success_url(self) -> str:
        return reverse("hardship:entry_members", args=[self.made.pk])
