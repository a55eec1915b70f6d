"""The rows of hardship: files beside their steps, members, and the documents that judge them."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.models import Organisation, User
from hardship.models import (
    Case,
    EvaluationSample,
    Evidence,
    Expense,
    FamilyMember,
    Grant,
    GrantCap,
    Income,
    Procedure,
    SampleItem,
    Standard,
    TierRule,
    VetoRule,
)
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.core import UserFactory, World
from tests.factories.members import resident_number
from tests.matrix.rows import REASON, Maker, Row

STAFF = "town_reviewer aid_clerk aid_reviewer aid_approver data_checker"
REVEAL = "aid_reviewer aid_approver"
READ_RULES = "aid_clerk aid_reviewer aid_approver"
DRAFT = "hardship.case:draft"
SEE_EVALUATION = "aid_clerk aid_reviewer aid_approver"


def others(*roles: str) -> str:
    return " ".join(role for role in STAFF.split() if role not in " ".join(roles).split())


def rule(**fields: Any) -> Any:
    """What is posted for a document of the own union, from a day that no other has."""

    def post(world: World) -> dict[str, Any]:
        dates = {"since": "2031-01-01", "until": "2032-01-01"}
        return {"organisation": world.own.pk, "document": "甲工发〔2031〕1号", **dates, **fields}

    return post


POSTED = {
    "standard": {"amount": "1200"},
    "tierrule": {"tier": "deep", "months": "12", "net_times": "1", "settled_months": "12"},
    "vetorule": {"code": "luxury", "label": "近期购买奢侈品"},
    "procedure": {"recheck_months": "12", "exit_times": "1.5", "watch_months": "12"},
    "grantcap": {"kind": "study", "amount": "5000"},
}

ROWS: dict[str, Row] = {
    "hardship:case": Row(f"{STAFF} chair committee", DRAFT),
    "admin:hardship_case_changelist": Row(STAFF),
    "admin:hardship_case_history": Row(STAFF, DRAFT),
    "admin:hardship_case_change": Row(
        STAFF,
        DRAFT,
        sees=others("aid_clerk"),
        writes="aid_clerk",
        post={
            "applied_on": "2026-01-05",
            "main_cause": "low_income",
            "declared_persons": "2",
            "declared_income": "100",
            "housing": "rented",
        },
    ),
    "admin:hardship_case_reveal": Row(
        REVEAL, DRAFT, sees=others(REVEAL), args={"field": "phone"}, writes=REVEAL, post=REASON
    ),
    "admin:hardship_familymember_changelist": Row(STAFF),
    "admin:hardship_familymember_history": Row(STAFF, "familymember"),
    "admin:hardship_familymember_change": Row(STAFF, "familymember"),
    "admin:hardship_familymember_reveal": Row(
        REVEAL,
        "familymember",
        sees=others(REVEAL),
        args={"field": "certificate_number"},
        writes=REVEAL,
        post=REASON,
    ),
    "admin:hardship_case_give": Row(
        "aid_clerk",
        "aided_case",
        sees=others("aid_clerk"),
        writes="aid_clerk",
        post=lambda world: {
            "beneficiary": FamilyMember.objects.get(
                case__organisation=world.own, case__bank=AIDED
            ).pk,
            "kind": "living",
            "source": "municipal",
            "cause": "low_income",
            "amount": "100",
            "period_first": "2026-01-01",
            "period_last": "2026-12-31",
        },
    ),
    "admin:hardship_grant_changelist": Row(STAFF),
    "admin:hardship_grant_change": Row(STAFF, "grant"),
    "admin:hardship_grant_history": Row(STAFF, "grant"),
    "admin:hardship_grant_withdraw": Row(
        "aid_clerk", "grant", sees=others("aid_clerk"), writes="aid_clerk", post=REASON
    ),
    # Without rows in the address: all that the approver sees, at the union and below it.
    "admin:hardship_grant_approve": Row(
        "aid_approver",
        writes="aid_approver",
        post=lambda world: {
            "pool": money.pool(world.own, source="municipal").pk,
            "count": Grant.objects.within(world.own).in_state("laid_down").count(),
            "total": Grant.objects.within(world.own).in_state("laid_down").count() * 100,
        },
    ),
    "admin:hardship_standard_what_if": Row(
        READ_RULES, post=lambda world: {"organisation": world.own.pk, "amount": "1300"}
    ),
}
# The form of a file, filled in by those who may write in it.
WRITERS = "chair aid_clerk"
LOOKERS = f"committee {others('aid_clerk')}"
TODAY = timezone.localdate().isoformat()
PERSON = {"name": "王小明", "certificate_type": "resident", "employment": "working"}


def entered(subject: str = DRAFT, **more: Any) -> Row:
    """A page of the form, and what is posted there."""
    writes = WRITERS if "post" in more else ""
    return Row(WRITERS, subject, sees=LOOKERS, writes=writes, **more)


class Paper(SimpleUploadedFile):
    """Handed in as often as one likes."""

    def read(self, size: int = -1) -> bytes:
        self.seek(0)
        return super().read(size)


def person(**more: Any) -> Any:
    """Somebody who stands in no file yet."""
    return lambda world: PERSON | {"certificate_number": resident_number()} | more


def opened(world: World) -> dict[str, Any]:
    return person(phone="13800000001", organisation=world.own.code)(world)


def met_by_all(world: World) -> dict[str, Any]:
    return {f"met_{rule.pk}": "yes" for rule in VetoRule.objects.exclude(code="luxury")}


def visited(world: World) -> dict[str, Any]:
    """By two of the unions above, who go to every household below."""
    visitors = [world.user("aid_clerk", world.district).pk for _ in range(2)]
    return {"held_on": TODAY, "visitors": visitors, "finding": "属实"}


ROWS |= {
    "hardship:cases": Row(f"{STAFF} chair committee"),
    "hardship:open": Row(WRITERS, writes=WRITERS, post=opened),
    "hardship:entry": entered(),
    "hardship:entry_applicant": entered(post=person()),
    "hardship:entry_members": entered(post={"declared_persons": "2"}),
    "hardship:entry_incomes": entered(post={"declared_income": "1"}),
    "hardship:entry_expenses": entered(),
    "hardship:entry_causes": entered(post={"main_cause": "disaster"}),
    "hardship:entry_home": entered(
        post={"housing": "none", "address": "新街1号", "phone": "13800000009"}
    ),
    "hardship:entry_papers": entered(
        post={"applied_on": "2026-01-05", "authorised_on": "2026-01-05"}
    ),
    "hardship:entry_visit": entered(post=visited),
    "hardship:entry_vetoes": entered(post=met_by_all),
    "hardship:entry_review": entered(
        "hardship.case:recheck", post={"outcome": "stay", "note": "无"}
    ),
    "hardship:paper_add": entered(post={"kind": "other", "camera": Paper("a.pdf", households.PDF)}),
    "hardship:paper_remove": entered("drafted_paper", post={}),
    "hardship:member_add": entered(post=person(relation="child")),
    "hardship:member_change": entered("drafted_member", post=person(relation="child")),
    "hardship:member_remove": entered("drafted_member", post={}),
}
for _name in ("income", "expense"):
    ROWS |= {
        f"hardship:{_name}_add": entered(),
        f"hardship:{_name}_change": entered(f"drafted_{_name}"),
        f"hardship:{_name}_remove": entered(f"drafted_{_name}", post={}),
    }
ROWS |= {
    "admin:hardship_evaluationsample_changelist": Row(SEE_EVALUATION),
    "admin:hardship_evaluationsample_history": Row(SEE_EVALUATION, "evaluationsample"),
    "admin:hardship_evaluationsample_change": Row(SEE_EVALUATION, "evaluationsample"),
    "admin:hardship_evaluationsample_draw": Row(
        "aid_approver",
        writes="aid_approver",
        post=lambda world: {
            "organisation": world.own.pk,
            "title": "2031年度第三方评估",
            "first": "2021-01-01",
            "last": "2021-12-31",
            "size": "1",
            "agency": "江城评估咨询中心",
            "evaluator": User.objects.get(
                assignments__role="evaluator",
                assignments__organisation=world.own,
                assignments__delegated_from=None,
            ).pk,
        },
    ),
    "admin:hardship_evaluationsample_close": Row(
        "aid_approver",
        "evaluationsample",
        sees="aid_clerk aid_reviewer",
        writes="aid_approver",
        post={},
    ),
    "admin:hardship_sampleitem_changelist": Row(SEE_EVALUATION),
    "admin:hardship_sampleitem_history": Row(SEE_EVALUATION, "sampleitem"),
    "admin:hardship_sampleitem_change": Row(SEE_EVALUATION, "sampleitem"),
    "admin:hardship_sampleitem_settle": Row(
        "aid_clerk",
        "sampleitem",
        sees="aid_reviewer aid_approver",
        writes="aid_clerk",
        post={"settlement": "已启动复核"},
    ),
}
# An evaluator reaches what was given to himself, whatever else lies at his place.
MINE: dict[str, Any] = {"reach": ("actor",), "lands": ("actor",)}
JUDGED = {"verdict": "wrong", "remark": "已入户核对"}
ROWS |= {
    "admin:hardship_evaluationtask_changelist": Row("evaluator"),
    "admin:hardship_evaluationtask_change": Row("evaluator", "evaluationtask", **MINE),
    "admin:hardship_evaluationtask_report_missed": Row(
        "evaluator",
        "evaluationtask",
        writes="evaluator",
        post=lambda world: {
            "district": world.own.pk,
            "place": "新街社区",
            "remark": "符合条件未申请",
        },
        **MINE,
    ),
    "admin:hardship_evaluatedhousehold_changelist": Row("evaluator"),
    "admin:hardship_evaluatedhousehold_history": Row("evaluator", "evaluatedhousehold", **MINE),
    "admin:hardship_evaluatedhousehold_change": Row("evaluator", "evaluatedhousehold", **MINE),
    "admin:hardship_evaluatedhousehold_judge": Row(
        "evaluator", "evaluatedhousehold", writes="evaluator", post=JUDGED, **MINE
    ),
    "admin:hardship_evaluatedhousehold_withdraw_missed": Row(
        "evaluator", "missedhousehold", writes="evaluator", post={}, **MINE
    ),
}
for _name, _fields in POSTED.items():
    _address = f"admin:hardship_{_name}"
    ROWS |= {
        f"{_address}_changelist": Row(READ_RULES),
        f"{_address}_history": Row(READ_RULES, _name),
        f"{_address}_add": Row("aid_approver", writes="aid_approver", post=rule(**_fields)),
        f"{_address}_change": Row(
            READ_RULES,
            _name,
            sees="aid_clerk aid_reviewer",
            writes="aid_approver",
            post=rule(**_fields),
        ),
    }


def dated(model: type, **fields: Any) -> Maker:
    """Makes a document of the place whose number is the token."""
    return lambda place, token: model.objects.create(
        organisation=place, document=token, since="2030-01-01", until="2030-02-01", **fields
    )


def familymember(place: Organisation, token: str) -> FamilyMember:
    return households.register(place, applicant_name=token, is_open=False).members.get()


AIDED = "江城银行帮扶支行"


def aided_case(place: Organisation, token: str, bank: str = AIDED) -> Case:
    """On file, with an account of its own to which aid may go."""
    account = money.account_number()
    return households.register(
        place, applicant_name=token, account_holder=token, bank=bank, account=account
    )


def grant(place: Organisation, token: str) -> Grant:
    return households.laid_down(aided_case(place, token, "江城银行"), amount=100)


def drafted(place: Organisation, token: str) -> Case:
    return households.register(place, applicant_name=token, state="draft")


def drafted_member(place: Organisation, token: str) -> FamilyMember:
    member = households.member("child", "王小明", case=drafted(place, token))
    member.clean()
    member.name = token
    member.save()
    return member


def drafted_paper(place: Organisation, token: str) -> Evidence:
    case = households.complete(place, token, "draft")
    Case.objects.filter(pk=case.pk).update(state="draft")
    return case.evidence.first()


def drafted_money(model: type[Income | Expense], kind: str) -> Maker:
    def make(place: Organisation, token: str) -> Income | Expense:
        case = drafted(place, token)
        months = dict.fromkeys(["first_month", "last_month"], "2026-01-01")
        return model.objects.create(
            case=case, member=case.members.get(), kind=kind, amount=1, payer=token, **months
        )

    return make


def evaluation(place: Organisation, token: str, evaluator: User | None = None) -> EvaluationSample:
    """A sample of the place in which every verdict was given."""
    evaluator = evaluator or UserFactory(organisation=place)
    return households.sample(place, evaluator, title=f"第三方评估{token}")


def evaluated(place: Organisation, token: str) -> SampleItem:
    """A household that a closed evaluation found wrong."""
    drawn = evaluation(place, token)
    case = households.register(place, applicant_name=token, is_open=False)
    item = households.evaluated(drawn, case, "wrong")
    households.shut(drawn, "2022-02-01")
    return item


def unjudged(user: User, token: str = "") -> SampleItem:
    drawn = evaluation(user.organisation, token, user)
    case = households.register(user.organisation, applicant_name="王建国", is_open=False)
    return households.evaluated(drawn, case)


def missed(user: User, token: str = "") -> SampleItem:
    return households.evaluated(evaluation(user.organisation, token, user), None, "missed")


def given(make: Callable[..., SampleItem]) -> Maker:
    """Of a place, given to somebody else than the actors."""
    return lambda place, token: make(UserFactory(organisation=place), token)


OWNED: dict[str, Callable[[User], Any]] = {
    "evaluationtask": lambda user: evaluation(user.organisation, "", user),
    "evaluatedhousehold": unjudged,
    "missedhousehold": missed,
}
SUBJECTS: dict[str, Maker] = {
    "aided_case": aided_case,
    "grant": grant,
    "drafted_member": drafted_member,
    "drafted_paper": drafted_paper,
    "drafted_income": drafted_money(Income, "wage"),
    "drafted_expense": drafted_money(Expense, "rent"),
    "familymember": familymember,
    "standard": dated(Standard, amount=1000),
    "tierrule": dated(TierRule, tier="deep", net_times=1),
    "vetorule": dated(VetoRule, code="luxury", label="近期购买奢侈品"),
    "procedure": dated(Procedure),
    "grantcap": dated(GrantCap, kind="study", amount=4000),
    "evaluationsample": evaluation,
    "evaluationtask": evaluation,
    "sampleitem": evaluated,
    "evaluatedhousehold": given(unjudged),
    "missedhousehold": given(missed),
}
