"""评分 in the portal: a judge's own seats, his sheet by blind codes, its sealing.

No page of this module reads an entry: nothing here tells who a contestant is.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from competitions.forms.judging import RecuseForm, ScoresForm
from competitions.models import OwnSeat, ScoreSheet
from competitions.services import judging, scoring
from core import inbox
from core.models import User
from core.views import ScopedListView, ServiceFormView


class Seats(ScopedListView):
    """本人评分任务: the stages in which the user judges, the latest first."""

    model = OwnSeat
    permission = judging.SCORE
    template_name = "competitions/seats.html"

    def get_queryset(self) -> models.QuerySet[OwnSeat]:
        rows = super().get_queryset().filter(stage__panel__isnull=False)
        rows = rows.select_related("stage__event__competition")
        return rows.prefetch_related("sheets").order_by("-stage__held_on", "-pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        for seat in found["object_list"]:
            seat.sheet = max(seat.sheets.all(), key=lambda sheet: sheet.number)
        return found


class SeatPage(ServiceFormView):
    """What every page of one seat begins with: the seat of the user himself, and its sheet."""

    model = OwnSeat
    permission = judging.SCORE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheet = self.row.sheets.order_by("-number").first()
        return super().get_context_data(seat=self.row, sheet=sheet, **kwargs)

    def get_success_url(self) -> str:
        return reverse("competitions:score", args=[self.row.pk])


class ScorePage(SeatPage):
    """评分: a field for each code and part; saved as often as one likes until it is sealed."""

    form_class = ScoresForm
    template_name = "competitions/score.html"
    title = "评分"
    submit = "保存评分"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        found["left"] = scoring.lacking(found["sheet"])
        return found

    def form_valid(self, form: ScoresForm) -> HttpResponse:
        self.given = form.given()
        return super().form_valid(form)

    def act(self, **data: Any) -> str:
        sheet = self.row.sheets.order_by("-number").first()
        count = scoring.enter(sheet, self.given, by=self.request.user)
        left = len(scoring.lacking(sheet))
        told = f"已保存，改动 {count} 处。"
        return told + (f"还有 {left} 个编号没有评完。" if left else "已全部评完，核对后请封存。")


class SealPage(SeatPage):
    """封存: from then on nobody changes the sheet."""

    template_name = "competitions/seal.html"
    title = "封存评分表"
    submit = "确认封存，不再改动"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.row.sheets.filter(state=ScoreSheet.State.OPEN).exists():
            return super().get(request, *args, **kwargs)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        form = ScoresForm(user=self.request.user, row=self.row)
        return found | {"lines": form.lines(), "parts": form.parts,
                        "left": scoring.lacking(found["sheet"])}  # fmt: skip

    def act(self) -> str:
        sheet = scoring.seal(self.row.sheets.order_by("-number").first(), by=self.request.user)
        return f"评分表已封存，摘要为 {sheet.digest[:16]}，由竞赛经办汇总排名。"


class RecusePage(SeatPage):
    form_class = RecuseForm
    title = "申报回避"
    submit = "申报对该编号回避"

    def act(self, code: Any, reason: str) -> str:
        judging.recuse(self.row, code, reason=reason, by=self.request.user)
        return f"已对编号 {code} 回避，该编号不再评分，不计零分。"


@inbox.provider
def open_sheets(user: User) -> Iterable[inbox.Waiting]:
    """评分任务: the sheets that the user has not sealed yet."""
    seats = OwnSeat.objects.visible_to(user, judging.SCORE)
    seats = seats.filter(sheets__state=ScoreSheet.State.OPEN, stage__panel__isnull=False)
    for seat in seats.select_related("stage__event__competition", "stage__panel")[: inbox.LONGEST]:
        yield inbox.Waiting(
            "竞赛评分",
            f"{seat.stage.event.competition}　{seat.stage}",
            timezone.make_aware(
                datetime.datetime.combine(seat.stage.panel.drawn_on, datetime.time())
            ),
            reverse("competitions:score", args=[seat.pk]),
        )
