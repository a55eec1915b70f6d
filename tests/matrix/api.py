"""The rows of the interface: those of steps are made from the tables of the procedures."""

from functools import partial
from typing import Any

from django.urls import get_resolver
from django.utils import timezone

from core import roles, workflow
from core.api.proceedings import ProceedingRows
from core.forms import form_of
from core.models import Organisation, StoredFile, User
from core.scope import view_permission
from hardship import rules
from hardship.models import (
    Case,
    DataCheck,
    Evidence,
    FamilyMember,
    Grant,
    VetoRule,
    Visit,
)
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.core import World
from tests.factories.members import resident_number
from tests.matrix import competitions as contests
from tests.matrix import core
from tests.matrix.collection import handover
from tests.matrix.procedures import addresses, post, subject
from tests.matrix.rows import EVERYBODY, FINANCE, HONOURS, Maker, Row

SEES = "chair committee town_reviewer aid_clerk aid_reviewer aid_approver data_checker"
WRITES = "chair aid_clerk"
VISITS = "chair committee aid_clerk"
PERMITS = "chair clerk head leader"
LOOKS = f"leader chair committee judge {core.LOOKS}"
PARTY = "what a key sees hangs on whose it is: tests/hardship/test_api.py"


def others(*taken: str) -> str:
    return " ".join(role for role in SEES.split() if role not in " ".join(taken).split())


# Steps.


def views() -> dict[str, Any]:
    """The addresses of the interface by name."""
    return {
        name: pattern.callback
        for name, pattern in addresses(get_resolver())
        if name.startswith("api:")
    }


def step_row(procedure: workflow.Workflow, step: workflow.Transition) -> Row:
    table = roles.table().values()
    may = [role.code for role in table if step.permission in role.permissions]
    view = view_permission(procedure.model)
    sees = [role.code for role in table if view in role.permissions and role.code not in may]
    state = step.sources[0]
    return Row(
        subject=subject(procedure, state, step),
        sees=" ".join(sees),
        writes=" ".join(may),
        post=partial(_asked, procedure, step, state),
        reads=False,
    )


def _asked(
    procedure: workflow.Workflow, step: workflow.Transition, state: str, world: World
) -> dict[str, Any]:
    fields = form_of(step).base_fields
    sent = post(procedure, step, state, world)
    return {name: value for name, value in sent.items() if name in fields}


def step_rows() -> dict[str, Row]:
    found = {}
    for name, view in views().items():
        _, is_step, step = name.partition("-step_")
        if is_step and issubclass(view.cls, ProceedingRows):
            procedure = workflow.registry[view.cls.serializer_class.Meta.model]
            found[name] = step_row(procedure, procedure.transitions[step])
    return found


# What is sent.


def applicant(**more: Any) -> dict[str, Any]:
    return {"name": "李梅", "certificate_number": resident_number(), "employment": "working"} | more


def case_of(world: World, **facts: Any) -> Case:
    return Case.objects.filter(organisation=world.own, **facts).order_by("pk")[0]


def opened(world: World) -> dict[str, Any]:
    return {
        "organisation": world.own.pk,
        "main_cause": "low_income",
        "declared_persons": 1,
        "declared_income": "0",
        "housing": "rented",
        "applicant": applicant(),
    }


def part(world: World) -> dict[str, Any]:
    return applicant(case=case_of(world, state="draft").pk, relation="child")


def flow(kind: str, world: World) -> dict[str, Any]:
    case = case_of(world, state="draft")
    first, last = rules.window(timezone.localdate(), 12)
    return {
        "case": case.pk,
        "member": case.members.all()[0].pk,
        "kind": kind,
        "amount": "100.00",
        "first_month": str(first),
        "last_month": str(last),
    }


def paper(world: World) -> dict[str, Any]:
    return {"case": case_of(world, state="draft").pk, "kind": "identity", "file": households.PDF}


def condolence(world: World) -> dict[str, Any]:
    """By the clerk of the union, whoever of the entitled enters it."""
    clerks = User.objects.filter(assignments__role="aid_clerk", organisation=world.own)
    return {
        "case": case_of(world, state="draft").pk,
        "kind": "condolence",
        "finding": "已慰问",
        "visitors": [clerks.earliest("pk").username],
    }


def met(world: World) -> dict[str, Any]:
    """A circumstance that none of the files has by now."""
    return {"met": [VetoRule.objects.filter(organisation=world.city)[0].pk]}


def approved(world: World) -> dict[str, Any]:
    laid = Grant.objects.filter(organisation=world.own).in_state("laid_down")
    pool = money.pool(world.own, source="municipal")
    return {"grants": [laid[0].pk], "pool": pool.pk}


def given(world: World) -> dict[str, Any]:
    case = Grant.objects.filter(case__organisation=world.own)[0].case
    return {
        "case": case.pk,
        "beneficiary": case.members.all()[0].pk,
        "kind": "living",
        "source": "municipal",
        "cause": "own_illness",
        "amount": "100.00",
        "period_first": "2026-01-01",
        "period_last": "2026-01-31",
    }


def contested() -> dict[str, Row]:
    """What is read and written of competitions."""
    staff, everyone, space = contests.STAFF, f"{contests.STAFF} chair", "api:competitions_"
    found = {}
    for name, who, made in [
        ("competition", staff, "competitions.competition:planned"),
        ("training", staff, "contest_training"),
        ("skillcertificate", staff, "contest_skillcertificate"),
        ("result", everyone, "result"),
    ]:
        found |= {f"{space}{name}-list": Row(who), f"{space}{name}-detail": Row(who, made)}
    offered = {"reach": ("own", "child", "parent"), "known": contests.ABOVE}
    found[f"{space}offer-list"] = Row("chair", known=contests.ABOVE)
    found[f"{space}offer-detail"] = Row("chair", "contest_offer", **offered)
    for name, model, given, change in [
        ("entry", "entry", contests.entry_form, {"leader_name": "赵静"}),
        ("report", "participationreport", contests.report_form, {"headcount": 90}),
        ("innovation", "innovation", contests.innovation_form, {"title": "支架改进"}),
    ]:
        draft, methods = f"competitions.{model}:draft", {"patch": ("chair", change)}
        found[f"{space}{name}-list"] = Row(everyone, writes="chair", post=given)
        found[f"{space}{name}-detail"] = Row(everyone, draft, sees=staff, methods=methods)
    return found


DRAFT, COMPARED = "hardship.case:draft", "hardship.case:comparison"
ROWS: dict[str, Row] = {
    **step_rows(),
    "api:schema": Row(EVERYBODY),
    "api:organisation-list": Row(LOOKS),
    "api:organisation-detail": Row(LOOKS, "organisation"),
    "api:permit-list": Row(PERMITS),
    "api:permit-detail": Row(PERMITS, "procedures.permit:draft"),
    "api:funds_batch-list": Row(FINANCE),
    "api:funds_batch-detail": Row(FINANCE, "funds.paymentbatch:draft"),
    "api:funds_collection-list": Row(
        f"{FINANCE} tax_partner", writes="finance_maker tax_partner", post=handover
    ),
    "api:funds_collection-detail": Row(
        f"{FINANCE} tax_partner", "funds.collectionbatch:receiving"
    ),
    "api:funds_receipt-list": Row(f"{FINANCE} chair"),
    "api:funds_receipt-detail": Row(f"{FINANCE} chair", "collectionline"),
    "api:funds_rebate-list": Row(f"{FINANCE} chair"),
    "api:funds_rebate-detail": Row(f"{FINANCE} chair", "funds.rebate:claimed"),
    "api:honours_nomination-list": Row(f"{HONOURS} chair"),
    "api:honours_nomination-detail": Row(f"{HONOURS} chair", "honours.nomination:draft"),
    **contested(),
    "api:hardship_case-list": Row(SEES, writes=WRITES, post=opened),
    "api:hardship_case-detail": Row(
        SEES,
        DRAFT,
        sees=others(WRITES),
        methods={"patch": (WRITES, {"housing": "built"})},
    ),
    "api:hardship_case-vetoes": Row(
        subject=DRAFT, sees=others(WRITES), writes=WRITES, post=met, reads=False
    ),
    "api:hardship_case-review": Row(
        subject="asked_again",
        sees=others(WRITES),
        writes=WRITES,
        post={"outcome": "stay", "note": "已入户核实"},
        reads=False,
    ),
    "api:hardship_case-data-requests": Row(
        subject=COMPARED,
        sees=others("data_checker"),
        writes="data_checker",
        post={"sources": ["taxation"]},
        reads=False,
    ),
    "api:hardship_member-list": Row(SEES, writes=WRITES, post=part),
    "api:hardship_income-list": Row(SEES, writes=WRITES, post=partial(flow, "wage")),
    "api:hardship_expense-list": Row(SEES, writes=WRITES, post=partial(flow, "rent")),
    **{
        f"api:hardship_{name}-detail": Row(
            SEES,
            made,
            sees=others(WRITES),
            methods={"patch": (WRITES, change), "delete": (WRITES, {})},
        )
        for name, made, change in [
            ("member", "entered_member", {"employment": "retired"}),
            ("income", "drafted_income", {"amount": "7.00"}),
            ("expense", "drafted_expense", {"amount": "7.00"}),
        ]
    },
    "api:hardship_evidence-list": Row(SEES, writes=WRITES, post=paper),
    "api:hardship_evidence-detail": Row(SEES, "entered_evidence"),
    "api:hardship_visit-list": Row(SEES, writes=VISITS, post=condolence),
    "api:hardship_visit-detail": Row(SEES, "entered_visit"),
    "api:hardship_datacheck-list": Row(f"{SEES} data_partner"),
    "api:hardship_datacheck-detail": Row(SEES, "asked"),
    "api:hardship_datacheck-answer": Row(
        subject="asked",
        sees=others("data_checker"),
        writes="data_checker",
        post={"is_hit": False, "finding": "无记录"},
        reads=False,
    ),
    "api:hardship_datacheck-judge": Row(
        subject="answered_check",
        sees=others("data_checker"),
        writes="data_checker",
        post={"verdict": "consistent"},
        reads=False,
    ),
    "api:hardship_datacheck-disclosure": Row(reads=False, nobody=PARTY),
    "api:hardship_grant-list": Row(SEES, writes="aid_clerk", post=given),
    "api:hardship_grant-detail": Row(SEES, "grant"),
    "api:hardship_grant-approve": Row(
        "", writes="aid_approver", post=approved, reads=False
    ),
    "api:hardship_grant-withdraw": Row(
        subject="grant",
        sees=others("aid_clerk"),
        writes="aid_clerk",
        post={"reason": "登记有误"},
        reads=False,
    ),
}  # fmt: skip


# The rows that stand in the addresses; the token is in what the interface tells of them.


def draft(place: Organisation) -> Case:
    return households.register(place, state="draft", tier="", level="")


def entered_member(place: Organisation, token: str) -> FamilyMember:
    child = households.member("child", "王小明", case=draft(place), workplace=token)
    child.save()
    return child


def evidence(place: Organisation, token: str) -> Evidence:
    file = StoredFile.objects.create(
        organisation=place,
        permission=Evidence.PERMISSION,
        name=token,
        media_type="application/pdf",
        size=0,
        sha256="",
        content="missing",
    )
    return Evidence.objects.create(case=draft(place), kind="identity", file=file, note=token)


def visit(place: Organisation, token: str) -> Visit:
    return Visit.objects.create(
        organisation=place, case=draft(place), kind="condolence", round=1, finding=token
    )


def check(**facts: Any) -> Maker:
    def make(place: Organisation, token: str) -> DataCheck:
        case = households.register(place, state="comparison")
        return DataCheck.objects.create(case=case, round=1, source="vehicles", note=token, **facts)

    return make


def asked_again(place: Organisation, token: str) -> Case:
    """Under a re-check, about which nothing is proposed yet."""
    return households.register(place, applicant_name=token, state="recheck")


SUBJECTS: dict[str, Maker] = {
    "entered_member": entered_member,
    "entered_evidence": evidence,
    "entered_visit": visit,
    "asked": check(),
    "answered_check": check(answered_on="2026-01-01", is_hit=False),
    "asked_again": asked_again,
}
