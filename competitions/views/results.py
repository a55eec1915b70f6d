"""竞赛成绩 in the portal: the results of the own union, appeals, prize accounts, nominations."""

from typing import Any

from django.db import models
from django.urls import reverse

from competitions.forms.results import AccountForm, AppealForm, NominateForm
from competitions.models import Appeal, Certificate, Result
from competitions.services import appeals, nominations, payouts
from core.views import ScopedDetailView, ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage

RELATED = ("stage", "event__competition", "entry__event", "entry__employer", "organisation")


class Results(ScopedListView):
    """The results of the unions in scope, the latest first."""

    model = Result
    permission = "competitions.view_result"
    template_name = "competitions/results.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Result]:
        return super().get_queryset().select_related(*RELATED).order_by("-id")


class ResultPage(ScopedDetailView):
    """One result: place, points as given and adjusted, prize, and what may be done about it."""

    model = Result
    permission = "competitions.view_result"
    template_name = "competitions/result.html"

    def get_queryset(self) -> models.QuerySet[Result]:
        return super().get_queryset().select_related(*RELATED, "rule__title")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        may_appeal = user.has_perm("competitions.add_appeal", row)
        nominates = user.has_perm("competitions.nominate_result", row)
        claims = user.has_perm("competitions.claim_result", row)
        made = Certificate.objects.visible_to(user).filter(result=row)
        return super().get_context_data(
            closed=appeals.closed(row),
            appeals_until=appeals.until(row),
            may_appeal=may_appeal and not appeals.closed(row),
            may_nominate=nominates and not nominations.barred(row),
            may_claim=claims and row.awarded_on and row.amount and not row.paid_on,
            appeals=Appeal.objects.visible_to(user).filter(result=row),
            certificates=made,
            struck=row.disqualifications.filter(state="decided").first(),
            amount=f"{row.amount:,.2f}" if row.amount else "",
            **kwargs,
        )


class _OfResult(ServiceFormView):
    model = Result

    def get_success_url(self) -> str:
        return self.row.get_absolute_url()


class File(_OfResult):
    """提出申诉."""

    permission = "competitions.add_appeal"
    form_class = AppealForm
    title = "提出成绩申诉"
    submit = "提交申诉"

    def act(self, text: str) -> str:
        self.made = appeals.file(self.row, text=text, by=self.request.user)
        return "申诉已提交，由未参与评分的人员复核，答复见本页。"

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()


class Account(_OfResult):
    """奖金收款账户."""

    permission = "competitions.claim_result"
    form_class = AccountForm
    title = "登记奖金收款账户"
    submit = "登记账户"

    def act(self, bank: str, account: str) -> str:
        payouts.register_account(self.row, bank=bank, account=account, by=self.request.user)
        return "收款账户已登记，由竞赛经办登记应付款后支付。"


class Nominate(_OfResult):
    """按成绩推荐荣誉: with one click to a draft of the nomination."""

    permission = "competitions.nominate_result"
    form_class = NominateForm
    title = "按成绩推荐荣誉"
    submit = "生成推荐"

    def act(self, selection: Any, reason: str) -> str:
        self.made = nominations.nominate(
            self.row, selection=selection, reason=reason, by=self.request.user
        )
        return "已生成推荐，请补齐材料后提交。"

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()


class AppealPage(ProceedingPage):
    model = Appeal
    template_name = "competitions/appeal.html"
    steps = "competitions:appeal"

    def get_queryset(self) -> models.QuerySet[Appeal]:
        related = ("result__entry__event", "result__event__competition", "organisation")
        return super().get_queryset().select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=reverse("competitions:results"), **kwargs)
