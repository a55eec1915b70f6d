"""The rows of selections: places, candidates beside their steps, the documents that bind them."""

import io
from typing import Any

from django.utils import timezone

from core.models import Organisation
from honours.models import (
    ExclusionRule,
    Nomination,
    NominationPaper,
    OpinionRule,
    Quota,
    RatioConstraint,
    Selection,
)
from honours.services import nominations
from members.models import Membership
from tests.factories import selections
from tests.factories.core import UserFactory, World
from tests.matrix.rows import HONOURS, Maker, Row
from tests.matrix.sheets import Again

DRAFT, HEARD = "honours.nomination:draft", "honours.nomination:opinions"
SELECTION = "honours.selection:draft"
CLERK, APPROVER = "honours_clerk", "honours_approver"
BESIDE = 7  # places of the selections in which some are shifted


def others(*taken: str) -> str:
    return " ".join(role for role in HONOURS.split() if role not in taken)


def reads(name: str, subject: str, page: bool = True) -> dict[str, Row]:
    base = f"admin:honours_{name}"
    rows = {f"{base}_changelist": Row(HONOURS), f"{base}_history": Row(HONOURS, subject)}
    return rows | ({f"{base}_change": Row(HONOURS, subject)} if page else {})


def rule(**fields: Any) -> Any:
    """What is posted for a document of the own union, from a day that no other has."""

    def post(world: World) -> dict[str, Any]:
        dates = {"since": "2031-01-01", "until": "2032-01-01"}
        return {"organisation": world.own.pk, "document": "甲工发〔2031〕1号", **dates, **fields}

    return post


POSTED = {
    "ratioconstraint": {
        "name": "女职工",
        "wanted": ["women"],
        "operator": "ge",
        "percent": "20",
        "title_kind": "may1_medal",
    },
    "opinionrule": {"department": "audit", "months": "6", "title_kind": "may1_medal"},
    "exclusionrule": {"circumstance": "court", "title_kind": "may1_medal"},
}


def criterion(name: str, fields: dict[str, Any]) -> dict[str, Row]:
    base = f"admin:honours_{name}"
    return {
        **reads(name, name, page=False),
        f"{base}_add": Row(APPROVER, writes=APPROVER, post=rule(**fields)),
        f"{base}_change": Row(
            HONOURS, name, sees=others(APPROVER), writes=APPROVER, post=rule(**fields)
        ),
    }


def new_selection(world: World) -> dict[str, Any]:
    return {
        "organisation": world.own.pk,
        "title": selections.title().pk,
        "year": "2027",
        "places": "3",
        "minimum": "0",
        "extra": "1",
        "unit_days": "5",
        "city_days": "5",
        "rules_on": f"{timezone.localdate()}",
        "closes_on": "2031-01-01",
    }


def changed_selection(world: World) -> dict[str, Any]:
    return new_selection(world) | {"year": "2028"}


def proposed(world: World) -> dict[str, Any]:
    of = Selection.objects.filter(organisation=world.own, state="nominating")[0]
    held = Membership.objects.current().filter(organisation=world.own).latest("pk")
    return {"selection": of.pk, "member": held.pk}


OPINION = {"department": "police", "verdict": "agree", "given_on": "2026-01-05"}


def written(post: Any) -> Row:
    """A page of the form: the union that drafted it writes there."""
    return Row("chair", DRAFT, sees=HONOURS, writes="chair", post=post)


def shifted(world: World) -> dict[str, Any]:
    beside = Quota.objects.filter(selection__organisation=world.own, selection__places=BESIDE)
    return {"target": beside.latest("pk").pk, "count": "1", "reason": "本地人选不足"}


ROWS: dict[str, Row] = {
    **reads("selection", SELECTION, page=False),
    "admin:honours_selection_change": Row(
        HONOURS, SELECTION, sees=others(CLERK), writes=CLERK, post=changed_selection
    ),
    "admin:honours_selection_add": Row(CLERK, writes=CLERK, post=new_selection),
    "admin:honours_selection_hand_down": Row(
        CLERK,
        SELECTION,
        sees=others(CLERK),
        writes=CLERK,
        post={"basis": "members"},
    ),
    "admin:honours_selection_export_list": Row(HONOURS, SELECTION, writes=HONOURS, post={}),
    **reads("quota", "quota"),
    "admin:honours_quota_hand_on": Row(
        CLERK, "quota", sees=others(CLERK), writes=CLERK, post={"basis": "equal", "minimum": "0"}
    ),
    "admin:honours_quota_shift": Row(
        CLERK, "quota_beside", sees=others(CLERK), writes=CLERK, post=shifted
    ),
    **reads("nomination", DRAFT),
    "admin:honours_nomination_record_opinion": Row(
        CLERK, HEARD, sees=others(CLERK), writes=CLERK, post=OPINION
    ),
    **{
        name: row
        for model, fields in POSTED.items()
        for name, row in criterion(model, fields).items()
    },
    "admin:honours_ratioconstraint_load_examples": Row(APPROVER, writes=APPROVER, post={}),
    # The portal.
    "honours:nominations": Row("chair"),
    "honours:propose": Row("chair", writes="chair", post=proposed),
    "honours:nomination": Row(f"{HONOURS} chair", DRAFT),
    "honours:entry": Row("chair", DRAFT, sees=HONOURS),
    "honours:entry_candidate": written(
        {"unit_name": "甲厂一车间", "position": "焊工", "category": "industrial"}
    ),
    "honours:entry_deeds": written({"resume": "焊工", "summary": "改进", "deeds": "扎根一线"}),
    "honours:entry_meeting": written(
        {
            "kind": "assembly",
            "held_on": "2026-01-05",
            "entitled": "10",
            "present": "9",
            "votes": "8",
        }
    ),
    "honours:entry_record": written({"is_checked": "on", "exception_reason": "退休后仍在带徒"}),
    "honours:entry_papers": Row("chair", DRAFT, sees=HONOURS),
    "honours:paper_add": written({"kind": "other", "camera": Again("a.pdf", selections.PDF)}),
    "honours:paper_remove": Row("chair", "nominationpaper", sees=HONOURS, writes="chair", post={}),
}


def quota(place: Organisation, token: str) -> Quota:
    """Three places of a selection that is proposed for; some of those below hand on."""
    of = selections.selection(place, state="nominating", places=3)
    return selections.quota(of, place, 3, note=token)


def quota_beside(place: Organisation, token: str) -> Quota:
    """Beside another one, if there is anybody below."""
    of = selections.selection(place, state="draft", places=BESIDE)
    made = selections.quota(of, place, 6, note=token)
    if below := Organisation.objects.within(place).exclude(pk=place.pk).first():
        selections.quota(of, below, 1)
    return made


def nominationpaper(place: Organisation, token: str) -> NominationPaper:
    row = selections.built_nomination(place, token, Nomination.State.DRAFT)
    by = UserFactory(organisation=place)
    stream = io.BytesIO(selections.PDF)
    return nominations._keep(row, stream, name=f"{token}.pdf", kind="other", by=by)


def _rule(model: type, place: Organisation, token: str, **facts: Any) -> Any:
    return model.objects.create(
        organisation=place,
        document=f"江工发〔2016〕{token}",
        since="2016-01-01",
        until="2017-01-01",
        **facts,
    )


def ratioconstraint(place: Organisation, token: str) -> RatioConstraint:
    return _rule(
        RatioConstraint, place, token, name="一线职工", wanted=["industrial"], operator="ge",
        percent=60,
    )  # fmt: skip


def opinionrule(place: Organisation, token: str) -> OpinionRule:
    return _rule(OpinionRule, place, token, department="police")


def exclusionrule(place: Organisation, token: str) -> ExclusionRule:
    return _rule(ExclusionRule, place, token, circumstance="wages")


SUBJECTS: dict[str, Maker] = {
    "quota": quota,
    "quota_beside": quota_beside,
    "nominationpaper": nominationpaper,
    "ratioconstraint": ratioconstraint,
    "opinionrule": opinionrule,
    "exclusionrule": exclusionrule,
}
