"""Rows of a file that is filled in: members, money and papers are added, changed, taken out."""

from typing import Any

from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from hardship.forms.means import ExpenseForm, IncomeForm
from hardship.forms.papers import PaperForm
from hardship.forms.persons import MemberForm
from hardship.models import Case, Evidence, Expense, FamilyMember, Income
from hardship.services import files
from hardship.views.entry import EntryPage, keep, told_at


class RowPage(EntryPage):
    """One row of a part: a page of its own, from which it goes back to the part."""

    kind = ""  # 家庭成员 …
    template_name = "hardship/entry_row.html"

    def get_success_url(self) -> str:
        return reverse(f"hardship:entry_{self.part}", args=[self.case.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            back=reverse(f"hardship:entry_{self.part}", args=[self.case.pk]), **kwargs
        )


class PartRow(RowPage):
    """A member, an income or an expenditure is added (`row` is the file) or changed."""

    kept: type[models.Model] = FamilyMember

    @property
    def is_new(self) -> bool:
        return self.model is Case

    @cached_property
    def put(self) -> Any:
        return self.kept(case=self.row) if self.is_new else self.row

    @property
    def title(self) -> str:
        return f"{'添加' if self.is_new else '修改'}{self.kind}"

    @property
    def submit(self) -> str:
        return f"保存这{'名' if self.kept is FamilyMember else '项'}{self.kind}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"row": self.put}

    def act(self, **given: Any) -> str:
        with told_at(in_open_file="certificate_number"):
            files.put(self.put, by=self.request.user)
        return f"{self.kind}已保存。"

    def get_success_url(self) -> str:
        if self.is_new and "more" in self.request.POST:
            return self.request.path
        return super().get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_add_more=self.is_new, **kwargs)


class RowRemoval(RowPage):
    """A row is taken out, after asking once more."""

    @property
    def title(self) -> str:
        return f"移除{self.kind}"

    submit = title

    def act(self) -> str:
        files.drop(self.row, by=self.request.user)
        return f"{self.kind}已移除。"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        removed = getattr(self.row, "masked_label", str(self.row))
        return super().get_context_data(is_danger=True, removed=removed, **kwargs)


class MemberRow(PartRow):
    part, kind, kept = "members", "家庭成员", FamilyMember
    form_class = MemberForm

    def closed(self) -> HttpResponse | None:
        own = self.put.relation == FamilyMember.Relation.SELF
        return super().closed() or (
            redirect("hardship:entry_applicant", self.case.pk) if own else None
        )


class MemberRemoval(RowRemoval):
    model, part, kind = FamilyMember, "members", "家庭成员"


class IncomeRow(PartRow):
    part, kind, kept = "incomes", "收入", Income
    form_class = IncomeForm


class IncomeRemoval(RowRemoval):
    model, part, kind = Income, "incomes", "收入"


class ExpenseRow(PartRow):
    part, kind, kept = "expenses", "支出", Expense
    form_class = ExpenseForm


class ExpenseRemoval(RowRemoval):
    model, part, kind = Expense, "expenses", "支出"


class PaperRow(RowPage):
    """上传佐证材料: papers of one kind at a time."""

    part, kind = "papers", "佐证材料"
    form_class = PaperForm
    title = "上传佐证材料"
    submit = "上传"

    def get_initial(self) -> dict[str, Any]:
        return {"kind": self.request.GET.get("kind", "")}

    def form_valid(self, form: PaperForm) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    @transaction.atomic
    def act(self, kind: str, note: str, **given: Any) -> str:
        papers = self.form.given()
        for paper in papers:
            keep(self.row, paper, kind=kind, note=note, by=self.request.user)
        return f"“{Evidence.Kind(kind).label}”已上传 {len(papers)} 份。"


class PaperRemoval(RowRemoval):
    model, part, kind = Evidence, "papers", "佐证材料"

    def act(self) -> str:
        files.discard(self.row, by=self.request.user)
        return "佐证材料已移除。"
