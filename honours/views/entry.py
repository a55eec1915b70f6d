"""推荐填报: a nomination is filled in part by part, and handed in.

Every page saves what it asks for when it is sent: the draft is rows on the server, and goes on
after logging out, on another device, by a colleague.
"""

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
from honours.completeness import PARTS, lacking, needed_papers
from honours.dossier import selections as dossier
from honours.forms.entry import (
    CandidateForm,
    DeedsForm,
    MeetingForm,
    PaperForm,
    RecordForm,
)
from honours.models import Nomination, NominationPaper, Recommendation
from honours.services import nominations

READ_ONLY = ["get", "head", "options"]
AT_FILE = {"file_too_large", "file_kind", "picture_too_large"}


class EntryPage(ServiceFormView):
    """Base of the pages of a nomination that is filled in. `part` is a code of `completeness`."""

    model: type[models.Model] = Nomination
    permission = "honours.change_nomination"
    template_name = "honours/entry.html"
    part = ""

    @property
    def nomination(self) -> Nomination:
        return self.row if isinstance(self.row, Nomination) else self.row.nomination

    @cached_property
    def told(self) -> Nomination:
        """As it is stored, for the page: a form writes into its row before it is asked."""
        return dossier.read(self.nomination)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.closed() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.closed() or super().post(request, *args, **kwargs)

    def closed(self) -> HttpResponse | None:
        """Back to the nomination, with the sentence why it cannot be written."""
        if self.nomination.is_editable:
            return None
        state = self.nomination.get_state_display()
        messages.info(
            self.request,
            f"推荐现为“{state}”，内容不能修改；确需更正的，请联系审核人员退回修改。",
        )
        return redirect(self.nomination)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        missing = lacking(self.told)
        codes = list(PARTS)
        context = super().get_context_data(
            nomination=self.told,
            parts=[self._shown(code, missing) for code in codes],
            lacking=missing,
            is_open=self.part in missing,
            done=len(codes) - len(missing),
            number=codes.index(self.part) + 1 if self.part else 0,
            words=self._words(),
            next_label=self.next_label,
            next_url=self.next_url,
            **kwargs,
        )
        return context | {"groups": [(*group, False) for group in context["form"].groups()]}

    def _shown(self, code: str, missing: dict[str, str]) -> dict[str, Any]:
        waits = code in missing
        return {
            "label": PARTS[code].label,
            "url": reverse(f"honours:entry_{code}", args=[self.nomination.pk]),
            "mark": "waiting" if waits else "done",
            "word": "待填" if waits else "已填",
            "is_current": code == self.part,
            "lacks": missing.get(code, ""),
        }

    def _words(self) -> Any:
        """What whoever sent it back wants of it."""
        return workflow.decisions(self.told).filter(transition="send_back").last()

    @property
    def _after(self) -> str:
        codes = list(PARTS)
        place = codes.index(self.part) + 1 if self.part else len(codes)
        return codes[place] if place < len(codes) else ""

    @property
    def next_label(self) -> str:
        return PARTS[self._after].label if self._after else "核对提交"

    @property
    def next_url(self) -> str:
        name = f"entry_{self._after}" if self._after else "entry"
        return reverse(f"honours:{name}", args=[self.nomination.pk])

    def get_success_url(self) -> str:
        return self.next_url

    @property
    def submit(self) -> str:
        return f"保存，下一步：{self.next_label}"

    @property
    def title(self) -> str:
        return PARTS[self.part].label

    def act(self, **given: Any) -> str:
        workflow.amend(self.row, by=self.request.user)
        return f"“{self.title}”已保存。"


class CandidatePage(EntryPage):
    part = "candidate"
    form_class = CandidateForm


class DeedsPage(EntryPage):
    part = "deeds"
    form_class = DeedsForm


class RecordPage(EntryPage):
    part = "record"
    form_class = RecordForm


class MeetingPage(EntryPage):
    part = "meeting"
    form_class = MeetingForm

    @cached_property
    def meeting(self) -> Recommendation:
        return self.row.meeting or Recommendation(nomination=self.row)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"row": self.meeting}

    def act(self, **given: Any) -> str:
        nominations.recommend(self.meeting, by=self.request.user)
        return "“民主推荐”已保存。"


class PapersPage(EntryPage):
    """Nothing is asked beside the papers themselves."""

    part = "papers"
    http_method_names = READ_ONLY
    template_name = "honours/entry_papers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = {paper.kind for paper in self.told.papers.all()}
        needed = [(NominationPaper.Kind(kind), kind in kept) for kind in needed_papers(self.told)]
        return super().get_context_data(needed=needed, taken=TAKEN, **kwargs)


class PaperPage(EntryPage):
    """上传材料: papers of one kind at a time."""

    part = "papers"
    form_class = PaperForm
    template_name = "honours/entry_row.html"
    title = "上传推荐材料"
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
            try:
                nominations.attach(
                    self.row, paper, name=paper.name, kind=kind, note=note, by=self.request.user
                )
            except Refused as refusal:
                if refusal.code not in AT_FILE:
                    raise
                raise ValidationError({"files": f"“{paper.name}”：{refusal}"}) from refusal
        return f"“{NominationPaper.Kind(kind).label}”已上传 {len(papers)} 份。"

    def get_success_url(self) -> str:
        return reverse("honours:entry_papers", args=[self.nomination.pk])


class PaperRemoval(EntryPage):
    """A paper is taken out, after asking once more."""

    model = NominationPaper
    part = "papers"
    template_name = "honours/entry_row.html"
    title = submit = "移除推荐材料"

    def act(self) -> str:
        nominations.discard(self.row, by=self.request.user)
        return "推荐材料已移除。"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(is_danger=True, removed=str(self.row), **kwargs)

    def get_success_url(self) -> str:
        return reverse("honours:entry_papers", args=[self.nomination.pk])


class Summary(EntryPage):
    """核对提交: what is missing and where, and the step that hands the nomination in."""

    http_method_names = READ_ONLY
    template_name = "honours/entry_summary.html"
    title = "核对提交"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step = workflow.registry[Nomination].transitions["submit"]
        obstacle = workflow.in_the_way(self.told, step, self.request.user)
        context = super().get_context_data(
            transition=step, facts=dossier.facts(self.told), obstacle=obstacle, **kwargs
        )
        is_told = any(obstacle.endswith(said) for said in context["lacking"].values())
        return context | {"is_told": is_told}
