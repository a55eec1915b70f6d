"""What a union hands in, on the chair's telephone: entries, heads, innovations."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from competitions.forms.taking_part import EntryForm, InnovationForm, ReportForm, at_form
from competitions.models import Entry, Event, Innovation, ParticipationReport
from competitions.services import entries, innovations, participation
from core import workflow
from core.services import records
from core.views import ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage


class OwnList(ScopedListView):
    """What the own unions handed in, the latest first."""

    paginate_by = 25
    related: tuple[str, ...] = ()

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related(*self.related).order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm(self.add)
        return super().get_context_data(may_add=may, **kwargs)


class OwnPage(ProceedingPage):
    """One of them, which may be changed while it is a draft."""

    related: tuple[str, ...] = ()

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related(*self.related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        may = self.request.user.has_perm(records.permission(row, "change"), row)
        return super().get_context_data(may_change=may and row.state == "draft", **kwargs)


class FormPage(ServiceFormView):
    """A row that is drafted or changed; the form is kept so that errors stand at its fields."""

    template_name = "competitions/form.html"
    back = ""

    def form_valid(self, form: Any) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    def act(self, **given: Any) -> str:
        try:
            self.made = self.write(self.form)
        except ValidationError as error:
            raise at_form(error, self.form) from error
        step = workflow.registry[type(self.made)].transitions["submit"]
        return f"已保存，核对后请点“{step.label}”。"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=reverse(self.back), **kwargs)

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()


# Entries.


class Entries(OwnList):
    model = Entry
    permission = "competitions.view_entry"
    add = "competitions.add_entry"
    related = ("event__competition", "employer")
    template_name = "competitions/entries.html"


class EntryPage(OwnPage):
    model = Entry
    permission = "competitions.view_entry"
    template_name = "competitions/entry.html"
    steps = "competitions:entry"
    related = ("event__competition__organisation", "employer", "organisation", "person")


class NewEntry(FormPage):
    permission = "competitions.add_entry"
    form_class = EntryForm
    title = "竞赛报名"
    submit = "保存报名"
    back = "competitions:entries"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        events = entries.open_events(self.request.user)
        return page | {"offers": [(event, conditions(event)) for event in events]}

    def write(self, form: EntryForm) -> Entry:
        entry, people = form.entry()
        return entries.enter(entry, members=people, by=self.request.user)


class ChangeEntry(FormPage):
    model = Entry
    permission = "competitions.change_entry"
    form_class = EntryForm
    title = "修改报名"
    submit = "保存报名"
    back = "competitions:entries"

    def write(self, form: EntryForm) -> Entry:
        entry, people = form.entry()
        return entries.amend(entry, members=people, by=self.request.user)


def conditions(event: Event) -> str:
    """Who may enter, in one sentence."""
    told = [f"{event.competition.enter_until} 截止"]
    if event.team_size > 1:
        told.append(f"每队 {event.team_size} 人")
    if event.min_age and event.max_age:
        told.append(f"比赛日 {event.min_age}～{event.max_age} 周岁")
    elif event.min_age or event.max_age:
        limit = f"{event.min_age} 周岁以上" if event.min_age else f"{event.max_age} 周岁以下"
        told.append(f"比赛日 {limit}")
    if event.min_years:
        told.append(f"从业满 {event.min_years} 年")
    if event.unit_limit:
        noun = "人" if event.team_size == 1 else "队"
        told.append(f"每单位限报 {event.unit_limit} {noun}")
    if event.excludes_champions:
        told.append("往届同赛项冠军不再参赛")
    return "，".join(told)


# Heads.


class Reports(OwnList):
    model = ParticipationReport
    permission = "competitions.view_participationreport"
    add = "competitions.add_participationreport"
    related = ("competition", "employer")
    template_name = "competitions/reports.html"


class ReportPage(OwnPage):
    model = ParticipationReport
    permission = "competitions.view_participationreport"
    template_name = "competitions/report.html"
    steps = "competitions:report"
    related = ("competition__organisation", "employer", "organisation")


class NewReport(FormPage):
    permission = "competitions.add_participationreport"
    form_class = ReportForm
    title = "填报参赛人次"
    submit = "保存填报"
    back = "competitions:reports"

    def write(self, form: ReportForm) -> ParticipationReport:
        return participation.report(form.report(), by=self.request.user)


class ChangeReport(FormPage):
    model = ParticipationReport
    permission = "competitions.change_participationreport"
    form_class = ReportForm
    title = "更正参赛人次"
    submit = "保存填报"
    back = "competitions:reports"

    def write(self, form: ReportForm) -> ParticipationReport:
        return workflow.amend(form.report(), by=self.request.user)


# Innovations.


class Innovations(OwnList):
    model = Innovation
    permission = "competitions.view_innovation"
    add = "competitions.add_innovation"
    related = ("employer", "person")
    template_name = "competitions/innovations.html"


class InnovationPage(OwnPage):
    model = Innovation
    permission = "competitions.view_innovation"
    template_name = "competitions/innovation.html"
    steps = "competitions:innovation"
    related = ("employer", "organisation", "person")


class NewInnovation(FormPage):
    permission = "competitions.add_innovation"
    form_class = InnovationForm
    title = "申报创新成果"
    submit = "保存申报"
    back = "competitions:innovations"

    def write(self, form: InnovationForm) -> Innovation:
        return innovations.propose(form.innovation(), by=self.request.user)


class ChangeInnovation(FormPage):
    model = Innovation
    permission = "competitions.change_innovation"
    form_class = InnovationForm
    title = "修改申报"
    submit = "保存申报"
    back = "competitions:innovations"

    def write(self, form: InnovationForm) -> Innovation:
        return workflow.amend(form.innovation(), by=self.request.user)
