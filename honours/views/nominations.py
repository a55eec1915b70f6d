"""荣誉推荐: what a union may propose for, whom it proposed, and how each stands."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property

from core.models import Organisation
from core.views import ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage, StepPage
from honours.dossier import selections as dossier
from honours.forms.entry import ProposeForm
from honours.models import Nomination, Selection
from honours.services import nominations
from members.forms import looks_like_number
from members.models import Membership

FOUND = 10  # members of the roster to choose from


class Nominations(ScopedListView):
    """The nominations in scope, the latest first; above them what is open."""

    model = Nomination
    permission = "honours.add_nomination"
    template_name = "honours/nominations.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Nomination]:
        rows = super().get_queryset().select_related("organisation", "selection__title")
        return rows.order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        unions = Organisation.objects.visible_to(user, self.permission)
        return super().get_context_data(
            several=len(unions.values_list("pk")[:2]) > 1,
            open=list(nominations.open_to(user)),
            **kwargs,
        )


class Propose(ServiceFormView):
    """推荐人选: the selection, and a member of the roster or a collective."""

    permission = "honours.add_nomination"
    form_class = ProposeForm
    template_name = "honours/propose.html"
    title = "推荐人选"
    submit = "建立草稿，下一步：人选情况"

    @cached_property
    def selections(self) -> list[Selection]:
        return list(nominations.open_to(self.request.user))

    @cached_property
    def roster(self) -> models.QuerySet[Membership]:
        rows = Membership.objects.visible_to(self.request.user, "honours.add_nomination").current()
        return rows.select_related("person", "organisation", "employer")

    @cached_property
    def chosen(self) -> Membership | None:
        key = self.request.POST.get("member") or self.request.GET.get("member", "")
        known = key.isascii() and key.isdecimal() and len(key) < 19
        return self.roster.filter(pk=key).first() if known else None

    def get_initial(self) -> dict[str, Any]:
        return {
            "selection": self.request.GET.get("selection", ""),
            "member": self.chosen.pk if self.chosen else "",
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"selections": self.selections}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("q", "").strip()[:50]
        is_number = looks_like_number(asked)
        found = self.roster.called(asked).order_by("-id") if asked and not is_number else []
        return super().get_context_data(
            asked=asked,
            is_number=is_number,
            found=list(found[:FOUND]),
            chosen=self.chosen,
            has_open=bool(self.selections),
            wanted=self.request.GET.get("selection", ""),
            **kwargs,
        )

    def form_valid(self, form: ProposeForm) -> Any:
        self.form = form
        return super().form_valid(form)

    def act(self, selection: str, name: str = "", **given: Any) -> str:
        chosen = self.form.selections[selection]
        person, place = None, self.request.user.organisation
        if chosen.title.is_personal and self.chosen:
            person, place = self.chosen.person, self.chosen.organisation
        self.made = nominations.propose(
            selection=chosen,
            organisation=place,
            person=person,
            name="" if chosen.title.is_personal else name,
            by=self.request.user,
        )
        return "已建立草稿，以后各步随填随存，可以随时离开，以后接着填。"

    def get_success_url(self) -> str:
        return reverse("honours:entry_candidate", args=[self.made.pk])


class NominationPage(ProceedingPage):
    model = Nomination
    template_name = "honours/nomination.html"
    steps = "honours:nomination"

    def get_object(self, queryset: Any = None) -> Nomination:
        return dossier.read(super().get_object(queryset))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            facts=dossier.facts(self.object),
            tables=dossier.tables(self.object),
            may_enter=self.object.is_editable
            and self.request.user.has_perm("honours.change_nomination", self.object),
            **kwargs,
        )


class NominationStepPage(StepPage):
    @cached_property
    def row(self) -> Nomination:
        return dossier.read(super().row)
