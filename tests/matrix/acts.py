"""The rows of what staff do on a hardship file beside its steps, and of the lists of it."""

from typing import Any

from core.models import Organisation
from hardship.models import Case, DataCheck, VetoRule, Visit
from tests.factories import hardship as households
from tests.factories.core import UserFactory, World
from tests.matrix.hardship import REVEAL, STAFF, others
from tests.matrix.rows import REASON, Maker, Row

ROWS: dict[str, Row] = {}
# Rows that were found out about files: who may see in clear what they tell.
FOUND = {
    "datacheck": ("finding", f"{REVEAL} data_checker"),
    "visit": ("finding", REVEAL),
    "review": ("note", REVEAL),
    "alert": ("detail", f"{REVEAL} aid_clerk"),
    "pairing": ("", ""),
}
for _name, (_field, _who) in FOUND.items():
    _address = f"admin:hardship_{_name}"
    ROWS |= {
        f"{_address}_changelist": Row(STAFF),
        f"{_address}_history": Row(STAFF, _name),
        f"{_address}_change": Row(STAFF, _name),
    }
    if _field:
        ROWS[f"{_address}_reveal"] = Row(
            _who, _name, sees=others(_who), args={"field": _field}, writes=_who, post=REASON
        )


def of_own(world: World, state: str) -> Case:
    """The file that the address names: the first that was made."""
    made = Case.objects.filter(organisation=world.own, state=state, data_checks=None)
    return made.order_by("pk").first()


def open_check(world: World) -> DataCheck:
    return DataCheck.objects.unanswered().filter(case__organisation=world.own).first()


# The buttons of a file: who presses them, on which file, with what.
ACTS: dict[str, tuple[str, str, Any]] = {
    "request_data": (
        "data_checker",
        "hardship.case:comparison",
        {"sources": ["market", "taxation"]},
    ),
    "propose_exception": (
        "aid_clerk",
        "excusable",
        lambda world: {
            "answer": of_own(world, "returned").veto_answers.get().pk,
            "reason": "残疾人专用车",
        },
    ),
    "approve_exceptions": (
        "aid_reviewer",
        "excused",
        lambda world: {"answers": [of_own(world, "submitted").veto_answers.get().pk]},
    ),
    "record_visit": (
        "aid_clerk",
        "watched",
        lambda world: {
            "kind": "condolence",
            "held_on": "2026-01-05",
            "visitors": [world.user("aid_clerk", world.own).pk],
            "finding": "送去慰问品",
        },
    ),
    "raise_alert": (
        "aid_clerk",
        "watched",
        {"kind": "hospital", "raised_on": "2026-01-05", "detail": "近期住院手术"},
    ),
    "settle_alert": (
        "aid_clerk",
        "watched",
        lambda world: {
            "alert": of_own(world, "watch").alerts.get().pk,
            "settlement": "已转医疗救助",
        },
    ),
    "pair": (
        "aid_clerk",
        "watched",
        {"cadre_name": "周红", "cadre_post": "总工会副主席", "since": "2026-01-05"},
    ),
    "unpair": (
        "aid_clerk",
        "watched",
        lambda world: {
            "pairing": of_own(world, "watch").pairings.get().pk,
            "on": "2026-01-06",
            **REASON,
        },
    ),
}
ROWS |= {
    f"admin:hardship_case_{_name}": Row(_who, _subject, sees=others(_who), writes=_who, post=_post)
    for _name, (_who, _subject, _post) in ACTS.items()
} | {
    "admin:hardship_datacheck_answer": Row(
        "data_checker",
        "datacheck",
        sees=others("data_checker"),
        writes="data_checker",
        post={"is_hit": "no", "finding": "无记录"},
    ),
    "admin:hardship_datacheck_judge": Row(
        "data_checker",
        "answered",
        sees=others("data_checker"),
        writes="data_checker",
        post={"verdict": "consistent"},
    ),
    "admin:hardship_datacheck_clear": Row(
        "data_checker",
        writes="data_checker",
        post=lambda world: {"chosen": [open_check(world).pk], "is_confirmed": "on"},
    ),
}


def watched(place: Organisation, token: str) -> Case:
    """A file under watch, with an alert and a cadre who looks after it."""
    case = households.register(place, applicant_name=token, state="watch", watch_until="2030-01-01")
    case.alerts.create(kind="hospital", detail="近期住院手术")
    case.pairings.create(cadre_name="李红", cadre_post="总工会副主席", since="2026-01-05")
    return case


def vetoed(state: str, **answer: Any) -> Maker:
    """Makes a file with a veto that is met and may be excepted."""

    def make(place: Organisation, token: str) -> Case:
        case = households.register(place, applicant_name=token, state=state)
        rule = VetoRule.objects.create(
            organisation=place,
            document="甲工发〔2019〕1号",
            code=f"vehicle_{state}",
            label="拥有或经常使用机动车",
            allows_exception=True,
            since="2019-01-01",
            until="2019-02-01",
        )
        case.veto_answers.create(round=1, rule=rule, is_met=True, **answer)
        return case

    return make


def excused(place: Organisation, token: str) -> Case:
    author = UserFactory(organisation=place, role="aid_clerk")
    return vetoed("submitted", reason="残疾人专用车", proposed_by=author)(place, token)


def request(place: Organisation, token: str, **answer: Any) -> DataCheck:
    case = households.register(place, applicant_name=token, state="comparison")
    return case.data_checks.create(round=1, source="vehicles", finding="名下轿车", **answer)


def answered(place: Organisation, token: str) -> DataCheck:
    return request(place, token, answered_on="2026-01-05", is_hit=False)


def visit(place: Organisation, token: str) -> Visit:
    case = watched(place, token)
    return Visit.objects.create(
        organisation=place, case=case, kind="condolence", round=1, finding="送去慰问品"
    )


SUBJECTS: dict[str, Maker] = {
    "watched": watched,
    "excusable": vetoed("returned"),
    "excused": excused,
    "datacheck": request,
    "answered": answered,
    "visit": visit,
    "review": lambda place, token: watched(place, token).reviews.create(
        round=1, outcome="stay", note="复核属实"
    ),
    "alert": lambda place, token: watched(place, token).alerts.get(),
    "pairing": lambda place, token: watched(place, token).pairings.get(),
}
