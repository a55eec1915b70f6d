"""The acts of staff on a file beside the steps of its road: buttons of its page."""

import datetime
from collections.abc import Callable, Collection
from typing import Any

from django.http import HttpRequest

from core import workflow
from core.admin import button
from core.models import User
from hardship.forms import acts
from hardship.models import Alert, Case, DataCheck, Pairing, VetoAnswer, Visit
from hardship.services import aid, checks, outcomes
from hardship.services.files import ENTRY


def of_duty(duty: str) -> Callable[[Case, User], str]:
    """Why this user must leave a duty on the file to somebody else."""
    return lambda case, user: workflow.kept_from(case, duty, user)


def until(case: Case) -> str:
    return f"，办理期限 {case.due_on:%Y-%m-%d}" if case.due_on else ""


def is_watched(case: Case) -> bool:
    return case.state == Case.State.WATCH


class CaseActs:
    """Buttons for `CaseAdmin`; each shows what the state and the rows of the file allow."""

    actions_detail = [
        *["request_data", "approve_exceptions"],
        {
            "title": "其他办理",
            "icon": "edit_note",
            "items": [
                *["record_visit", "propose_exception", "raise_alert", "settle_alert"],
                *["pair", "unpair"],
            ],
        },
    ]

    @button(
        "请求信息比对",
        permission="hardship.compare_case",
        form=acts.RequestForm,
        icon="travel_explore",
        when=lambda case: case.state in Case.COMPARED and bool(acts.unasked(case)),
        barred=of_duty(checks.COMPARISON),
        consequences=lambda case: [
            "所选部门列入信息比对清单，收到答复后在清单中登记并作出结论。",
            f"“必须比对”的部门全部有结论后，方可办理“比对通过”{until(case)}。",
        ],
    )
    def request_data(self, request: HttpRequest, row: Case, sources: list[str]) -> str:
        checks.request_data(row, sources, by=request.user)
        told = "、".join(DataCheck.Source(source).label for source in sources)
        return f"已向{told}请求比对{until(row)}，收到答复后请在“信息比对”中登记。"

    @button(
        "提出例外",
        permission="hardship.change_case",
        form=acts.ProposeForm,
        icon="report",
        when=lambda case: case.is_editable and bool(acts.excusable(case)),
        barred=of_duty(ENTRY),
        consequences=lambda case: ["例外须由区县复审人员批准后，该情形才不影响建档。"],
    )
    def propose_exception(
        self, request: HttpRequest, row: Case, answer: VetoAnswer, reason: str
    ) -> str:
        checks.propose_exception(answer, reason=reason, by=request.user)
        return "例外已提出，档案提交审核后由区县复审人员批准。"

    @button(
        "批准例外",
        permission="hardship.except_vetoanswer",
        form=acts.ApproveForm,
        icon="verified",
        when=lambda case: case.state in Case.UNDER_REVIEW and bool(acts.proposed(case)),
        barred=of_duty(checks.DISTRICT),
        consequences=lambda case: [
            "所批准的情形不再影响该户建档，批准人记入档案。",
            "批准例外计入区县复审岗位，同一人不能再办理初审、比对或审批。",
        ],
    )
    def approve_exceptions(
        self, request: HttpRequest, row: Case, answers: Collection[VetoAnswer]
    ) -> str:
        checks.approve_exceptions(answers, by=request.user)
        return f"已批准 {len(answers)} 项例外，可继续办理本档案的审核。"

    @button(
        "登记走访",
        permission="hardship.add_visit",
        form=acts.VisitForm,
        icon="home_pin",
        when=lambda case: case.is_open,
    )
    def record_visit(
        self, request: HttpRequest, row: Case, visitors: Collection[User], **told: Any
    ) -> str:
        visit = checks.record_visit(Visit(case=row, **told), visitors, by=request.user)
        return f"已登记 {visit.held_on} 的{visit.get_kind_display()}。"

    @button(
        "登记返困预警",
        permission="hardship.watch_case",
        form=acts.AlertForm,
        icon="notification_important",
        when=is_watched,
        consequences=lambda case: ["预警列入待办，处置前不能关闭监测。"],
    )
    def raise_alert(self, request: HttpRequest, row: Case, **told: Any) -> str:
        alert = outcomes.raise_alert(Alert(case=row, **told), by=request.user)
        return f"已登记“{alert.get_kind_display()}”预警，请核实后登记处置情况。"

    @button(
        "处置预警",
        permission="hardship.watch_case",
        form=acts.SettleForm,
        icon="task_alt",
        when=lambda case: is_watched(case) and bool(acts.unsettled(case)),
        consequences=lambda case: ["确需重新帮扶的，处置后另办“返困重新建档”。"],
    )
    def settle_alert(self, request: HttpRequest, row: Case, alert: Alert, settlement: str) -> str:
        outcomes.settle_alert(alert, settlement=settlement, by=request.user)
        left = len(acts.unsettled(row)) - 1
        return "预警已处置。" if not left else f"预警已处置，还有 {left} 条待处置。"

    @button(
        "结对帮扶",
        permission="hardship.add_pairing",
        form=acts.PairForm,
        icon="handshake",
        when=lambda case: case.is_open,
    )
    def pair(self, request: HttpRequest, row: Case, **told: Any) -> str:
        made = aid.pair(Pairing(case=row, **told), by=request.user)
        return f"{made}自 {made.since} 起与该户结对。"

    @button(
        "解除结对",
        permission="hardship.change_pairing",
        form=acts.UnpairForm,
        icon="link_off",
        danger=True,
        when=lambda case: bool(acts.running(case)),
        consequences=lambda case: ["结对记录保留，另有干部结对的请另行登记。"],
    )
    def unpair(
        self, request: HttpRequest, row: Case, pairing: Pairing, on: datetime.date, reason: str
    ) -> str:
        ended = aid.unpair(pairing, on=on, reason=reason, by=request.user)
        return f"{ended}与该户的结对自 {ended.until} 起解除。"
