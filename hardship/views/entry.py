"""困难职工档案填报: a file is filled in part by part, and handed in.

Every page saves what it asks for when it is sent, so that a draft is rows on the server: it goes
on after logging out, on another device, by a colleague. While a file may not be written, its pages
lead back to the file.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from core import workflow
from core.errors import Refused
from core.forms import TAKEN
from core.views import ServiceFormView
from hardship import completeness, dossier, rules
from hardship.completeness import REVIEW
from hardship.forms.entry import CausesForm, DatesForm, HomeForm, ReviewForm, VetoForm
from hardship.forms.means import YearForm
from hardship.forms.papers import VisitForm
from hardship.forms.persons import PASSPORT, MemberForm, PersonsForm
from hardship.models import Case, Evidence, FamilyMember, Review, Visit
from hardship.services import checks, files, outcomes

READ_ONLY = ["get", "head", "options"]
HANDED_IN = {Case.State.RECHECK: "hand_in"}  # by which step; else `submit`


@contextlib.contextmanager
def told_at(**fields: str) -> Iterator[None]:
    """Refusals of a service, by their code, become errors of the fields they are about."""
    try:
        yield
    except Refused as refusal:
        if refusal.code in fields:
            raise ValidationError({fields[refusal.code]: str(refusal)}) from refusal
        raise


def keep(case: Case, paper: Any, **more: Any) -> Evidence:
    """Keep what was handed in; a refusal names the file and stands at the field."""
    try:
        return files.attach(case, paper, name=paper.name, **more)
    except Refused as refusal:
        if refusal.code not in {"file_too_large", "file_kind", "picture_too_large"}:
            raise
        raise ValidationError({"files": f"“{paper.name}”：{refusal}"}) from refusal


class EntryPage(ServiceFormView):
    """Base of the pages of a file that is filled in. `part` is a code of `completeness`."""

    model: type[models.Model] = Case
    permission = "hardship.change_case"
    template_name = "hardship/entry.html"
    part = ""

    @property
    def case(self) -> Case:
        return self.row if isinstance(self.row, Case) else self.row.case

    @cached_property
    def told(self) -> Case:
        """The file as it is stored, for the page: a form writes into its row before it is asked."""
        stored = Case.objects.visible_to(self.request.user).select_related("organisation")
        return dossier.read(stored.get(pk=self.case.pk), dossier.ENTERED)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.closed() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.closed() or super().post(request, *args, **kwargs)

    def closed(self) -> HttpResponse | None:
        """Back to the file, with the sentence why it cannot be written."""
        if self.case.is_editable:
            return None
        messages.info(
            self.request,
            f"档案现为“{self.case.get_state_display()}”，内容不能修改；"
            "确需更正的，请联系办理人退回补正。",
        )
        return redirect(self.case)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lacking = completeness.lacking(self.told)
        parts = [self._shown(part, lacking) for part in completeness.parts(self.told)]
        done = sum(part["mark"] == "done" for part in parts)
        context = super().get_context_data(
            case=self.told,
            parts=parts,
            lacking=lacking,
            is_open=self.part in lacking,
            done=done,
            number=next((n for n, part in enumerate(parts, 1) if part["is_current"]), 0),
            words=self._words(),
            next_label=self._next_label(),
            next_url=self._next_url(),
            **kwargs,
        )
        return context | {"groups": groups(context["form"])}

    def _shown(self, part: completeness.Part, lacking: dict[str, str]) -> dict[str, Any]:
        """A line of the progress: a word and a mark."""
        mark, word = "done", "已填"
        if part.code in lacking:
            mark, word = "waiting", "待填"
        elif part.is_optional and not self.told.expenses.all():
            mark, word = "info", "没有可不填"
        return {
            "label": part.label,
            "url": reverse(f"hardship:entry_{part.code}", args=[self.case.pk]),
            "mark": mark,
            "word": word,
            "is_current": part.code == self.part,
            "lacks": lacking.get(part.code, ""),
        }

    def _words(self) -> Any:
        """What whoever sent the file back wants of it."""
        if self.told.state == Case.State.DRAFT:
            return None
        made = workflow.decisions(self.told).filter(
            round=self.told.round, transition__startswith="return_", target=self.told.state
        )
        return made.last()

    @cached_property
    def _after(self) -> completeness.Part | None:
        parts = completeness.parts(self.case)
        places = [place for place, part in enumerate(parts, 1) if part.code == self.part]
        return parts[places[0]] if places and places[0] < len(parts) else None

    def _next_label(self) -> str:
        return self._after.label if self._after else "核对提交"

    def _next_url(self) -> str:
        name = f"entry_{self._after.code}" if self._after else "entry"
        return reverse(f"hardship:{name}", args=[self.case.pk])

    def get_success_url(self) -> str:
        return self._next_url()


def groups(form: Any) -> list[tuple[str, list[Any], bool]]:
    """Headings and fields, and whether a folded group stands open: something is in it."""
    return [
        (heading, fields, any(_speaks(field) for field in fields))
        for heading, fields in form.groups()
    ]


def _speaks(bound: Any) -> bool:
    from_number = bound.name in PASSPORT
    return bool(bound.errors or (bound.value() and not from_number))


class CasePart(EntryPage):
    """A part that is facts of the file itself."""

    def act(self, **given: Any) -> str:
        workflow.amend(self.row, by=self.request.user)
        return f"“{self.title}”已保存。"

    @property
    def title(self) -> str:
        return completeness.PARTS[self.part].label

    @property
    def submit(self) -> str:
        return f"保存，下一步：{self._next_label()}"


class Applicant(EntryPage):
    part = "applicant"
    form_class = MemberForm
    title = "申请人"
    submit = "保存，下一步：家庭成员"

    @cached_property
    def applicant(self) -> FamilyMember:
        return self.row.members.get(relation=FamilyMember.Relation.SELF)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"row": self.applicant}

    def act(self, **given: Any) -> str:
        with told_at(in_open_file="certificate_number"):
            files.put(self.applicant, by=self.request.user)
        return "“申请人”已保存。"


class Members(CasePart):
    part = "members"
    form_class = PersonsForm
    template_name = "hardship/entry_members.html"


class Incomes(CasePart):
    part = "incomes"
    form_class = YearForm
    template_name = "hardship/entry_money.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.told.incomes.all()
        return super().get_context_data(**money(self.told, "income", rows), **kwargs)


class Expenses(CasePart):
    """Nothing is asked beside the rows themselves."""

    part = "expenses"
    http_method_names = READ_ONLY
    template_name = "hardship/entry_money.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.told.expenses.all()
        return super().get_context_data(**money(self.told, "expense", rows), **kwargs)


def money(case: Case, kind: str, rows: Any) -> dict[str, Any]:
    """The rows, and what of them falls into the year that is reckoned."""
    sums, (first, last) = rules.totals(case.means(), 12), rules.window(case.applied_on, 12)
    return {
        "kind": kind,
        "rows": [(row, rules.yuan(row.amount)) for row in rows],
        "span": f"{first.year}年{first.month}月至{last.year}年{last.month}月",
        "total": rules.yuan(sums.income if kind == "income" else sums.rigid),
    }


class Causes(CasePart):
    part = "causes"
    form_class = CausesForm


class Home(CasePart):
    part = "home"
    form_class = HomeForm


class Papers(CasePart):
    part = "papers"
    form_class = DatesForm
    template_name = "hardship/entry_papers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = {row.kind for row in self.told.evidence.all()}
        needed = [(kind, kind in kept) for kind in completeness.PAPERS]
        return super().get_context_data(needed=needed, taken=TAKEN, **kwargs)


class VisitPage(EntryPage):
    part = "visit"
    form_class = VisitForm
    template_name = "hardship/entry_visit.html"
    title = "入户调查"
    submit = "登记这次入户调查"

    def form_valid(self, form: VisitForm) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    @transaction.atomic
    def act(self, held_on: Any, visitors: Any, finding: str, **given: Any) -> str:
        visit = Visit(case=self.row, kind=Visit.Kind.CHECK, held_on=held_on, finding=finding)
        pictures = [
            keep(self.row, picture, kind=Evidence.Kind.VISIT, by=self.request.user)
            for picture in self.form.given()
        ]
        visit.photo = pictures[0] if pictures else None  # the others stand beside it as evidence
        with told_at(visitors="visitors", concerned="visitors", kin="visitors"):
            checks.record_visit(visit, visitors, by=self.request.user)
        return "入户调查已登记。"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        made = [
            visit
            for visit in completeness.of_round(self.told, self.told.visits)
            if visit.kind == Visit.Kind.CHECK
        ]
        return super().get_context_data(made=made, **kwargs)


class Vetoes(EntryPage):
    part = "vetoes"
    form_class = VetoForm
    template_name = "hardship/entry_vetoes.html"
    title = "一票否决核对"

    @property
    def submit(self) -> str:
        return f"保存，下一步：{self._next_label()}"

    def form_valid(self, form: VetoForm) -> HttpResponse:
        self.form = form
        return super().form_valid(form)

    @transaction.atomic
    def act(self, **given: Any) -> str:
        by, case = self.request.user, self.row
        checks.answer_vetoes(case, self.form.met(), by=by)
        for answer in case.veto_answers.filter(round=case.round, is_met=True):
            reason = self.form.reason(answer.rule)
            if reason and reason != answer.reason:
                checks.propose_exception(answer, reason=reason, by=by)
        return "“一票否决核对”已保存。"


class ReviewPage(EntryPage):
    """复核情况: of a re-check only."""

    part = REVIEW.code
    form_class = ReviewForm
    title = REVIEW.label
    submit = "保存，下一步：核对提交"

    @cached_property
    def review(self) -> Review:
        return completeness.review_of(self.row) or Review(case=self.row, round=self.row.round)

    def closed(self) -> HttpResponse | None:
        if self.case.is_editable and self.case.state != Case.State.RECHECK:
            messages.info(self.request, "只有复核中的档案需要填写复核情况。")
            return redirect("hardship:entry", self.case.pk)
        return super().closed()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"row": self.review}

    def act(self, **given: Any) -> str:
        outcomes.propose(self.review, by=self.request.user)
        return "“复核情况”已保存。"


class Summary(EntryPage):
    """核对提交: the calculation, what is missing and where, and the step that hands the file in."""

    http_method_names = READ_ONLY
    template_name = "hardship/entry_summary.html"
    title = "核对提交"

    @property
    def transition(self) -> workflow.Transition:
        step = HANDED_IN.get(self.told.state, "submit")
        return workflow.registry[Case].transitions[step]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        obstacle = workflow.in_the_way(self.told, self.transition, self.request.user)
        context = super().get_context_data(
            transition=self.transition,
            hand_in=reverse(f"hardship:case_{self.transition.name}", args=[self.told.pk]),
            table=dossier.calculation(self.told),
            obstacle=obstacle,
            **kwargs,
        )
        is_told = obstacle in context["lacking"].values()
        return context | {"is_told": is_told}
