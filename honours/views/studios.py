"""创新工作室 in the portal: what the own union applies for, its people, what a year brought."""

import datetime
from typing import Any

from django.db import models
from django.urls import reverse

from core.views import ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage
from honours.dossier.studios import tables_of
from honours.forms.studios import DayForm, MemberForm, ProjectForm, ResultForm, StudioForm
from honours.models import Studio, StudioMember, StudioProject, StudioResult
from honours.services import studio_work, studios

CHANGE = "honours.change_studio"


class Studios(ScopedListView):
    """The studios in scope, the latest first."""

    model = Studio
    permission = "honours.view_studio"
    template_name = "honours/studios.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Studio]:
        return super().get_queryset().select_related("organisation").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm("honours.add_studio")
        return super().get_context_data(may_apply=may, **kwargs)


class StudioPage(ProceedingPage):
    """One studio: facts, steps, and the ways to report."""

    model = Studio
    permission = "honours.view_studio"
    template_name = "honours/studio.html"
    steps = "honours:studio"

    def get_queryset(self) -> models.QuerySet[Studio]:
        related = ("organisation", "leader", "award__title")
        return super().get_queryset().select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm(CHANGE, self.object)
        standing = self.object.is_standing
        running = self.object.projects.filter(approved_on__isnull=False, finished_on=None)
        return super().get_context_data(
            tables=tables_of(self.object, masked=not may),
            may_edit=may and self.object.state == Studio.State.DRAFT,
            may_team=may and self.object.is_open,
            may_report=may and standing,
            leavers=self.object.members.current().exclude(role="leader") if may else [],
            projects=running if may and standing else [],
            waiting=self._waiting() if may and standing else [],
            **kwargs,
        )

    def _waiting(self) -> list[tuple[str, str]]:
        """What may still be taken back: the name and the address."""
        return [
            (str(row), reverse(f"honours:{name}_withdraw", args=[row.pk]))
            for name, rows in (
                ("studio_project", self.object.projects),
                ("studio_result", self.object.results),
            )
            for row in rows.waiting()
        ]


class Apply(ServiceFormView):
    """申报创新工作室."""

    permission = "honours.add_studio"
    form_class = StudioForm
    title = "申报创新工作室"
    submit = "保存，下一步填写团队"
    template_name = "honours/form.html"

    def act(self, award: Any, **facts: Any) -> str:
        self.made = studios.open_draft(Studio(**facts), award, by=self.request.user)
        return "已保存。请填写团队成员，齐备后提交初审。"

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()


class StudioForms(ServiceFormView):
    """A form about one studio, from which it goes back to its page."""

    model = Studio
    permission = CHANGE
    template_name = "honours/form.html"

    def get_success_url(self) -> str:
        return self.studio.get_absolute_url()

    @property
    def studio(self) -> Studio:
        return self.row if isinstance(self.row, Studio) else self.row.studio

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=self.get_success_url(), **kwargs)


class Edit(StudioForms):
    form_class = StudioForm
    title = "修改申报内容"
    submit = "保存申报内容"

    def act(self, **facts: Any) -> str:
        for name, value in facts.items():
            setattr(self.row, name, value)
        studios.change(self.row, by=self.request.user)
        return "已保存。"


class NewMember(StudioForms):
    form_class = MemberForm
    title = "添加团队成员"
    submit = "保存这名成员"

    def act(self, number: str, **facts: Any) -> str:
        studios.add_member(StudioMember(studio=self.row, **facts), by=self.request.user)
        return "成员已添加。"


class NewProject(StudioForms):
    form_class = ProjectForm
    title = "填报课题"
    submit = "填报这项课题"

    def act(self, **facts: Any) -> str:
        studio_work.report(StudioProject(studio=self.row, **facts), by=self.request.user)
        return "课题已填报，由上级工会确认。"


class NewResult(StudioForms):
    form_class = ResultForm
    title = "填报成果"
    submit = "填报这项成果"

    def act(self, evidence: Any, **facts: Any) -> str:
        studio_work.report(
            StudioResult(studio=self.row, **facts),
            evidence=evidence,
            name=evidence.name if evidence else "",
            by=self.request.user,
        )
        return "成果已填报，由上级工会确认。"


class EndMember(StudioForms):
    model = StudioMember
    form_class = DayForm
    title = "登记成员退出"
    submit = "登记退出"

    def act(self, on: datetime.date) -> str:
        studios.end_member(self.row, on=on, by=self.request.user)
        return "成员退出已登记。"


class FinishProject(StudioForms):
    model = StudioProject
    form_class = DayForm
    title = "课题结题"
    submit = "登记结题"

    def act(self, on: datetime.date) -> str:
        studio_work.finish(self.row, finished_on=on, by=self.request.user)
        return "结题已登记。"


class _TakeBack(StudioForms):
    """What was reported by mistake, while nobody accepted it."""

    title = "撤回填报"
    submit = "撤回这项填报"

    def act(self) -> str:
        studio_work.take_back([self.row], by=self.request.user)
        return "填报已撤回。"


class TakeBackProject(_TakeBack):
    model = StudioProject


class TakeBackResult(_TakeBack):
    model = StudioResult
