"""The rows of honours. The steps of its procedures have theirs from their tables."""

import datetime

from django.db.models import Sum
from django.utils import timezone

from core.models import Organisation
from honours.models import Allowance, AllowanceRule, CareRule, Title
from tests.factories import funds as money
from tests.factories import honours as made
from tests.matrix.rows import HONOURS, REASON, Maker, Row

CLERK, REVIEWER, APPROVER = HONOURS.split()
GIVES = "competitions_approver"  # titles for places, into the register
SEES_AWARDS = f"{HONOURS} {GIVES}"
EVERYWHERE = ("own", "child", "sibling", "parent", "other")


def reads(model: str, subject: str | None = None, who: str = HONOURS) -> dict[str, Row]:
    name = f"admin:honours_{model}"
    return {
        f"{name}_changelist": Row(who),
        f"{name}_change": Row(who, subject or model),
        f"{name}_history": Row(who, subject or model),
    }


def _award(world):
    return {
        "organisation": world.own.pk,
        "title": made.title("pioneer_municipal").pk,
        "granted_on": "2021-04-28",
        "granting_body": "市总工会",
        "recipient_name": "装配二班",
    }


def _title(world):
    return {
        "name": "市级岗位能手",
        "code": "skill_post_municipal",
        "kind": "skill_title",
        "level": "municipal",
        "recipient": "person",
        "rank": "90",
        "granting_body": "市总工会",
    }


def _allowance_rule(world):
    return {
        "organisation": world.own.pk,
        "kind": "honorarium",
        "document": "江工发〔2026〕8号",
        "since": "2026-01-01",
        "amount": "600.00",
    }


def _care_rule(world):
    return {
        "organisation": world.own.pk,
        "kind": "checkup",
        "status": "retired",
        "years": "2",
        "document": "江工发〔2026〕8号",
        "since": "2026-01-01",
    }


def _listed(world):
    return {
        "kind": "spring",
        "year": timezone.localdate().year,
        "pool": money.pool(world.own).pk,
        "within": world.own.pk,
    }


def _claimed(world):
    return {
        "kind": "special",
        "year": timezone.localdate().year,
        "pool": money.pool(world.own).pk,
        "loss": "3000.00",
        "occasion": f"住院{Allowance.objects.count()}",
    }


def _shown(world, state):
    rows = Allowance.objects.within(world.own).filter(state=state)
    return {"count": rows.count(), "total": rows.aggregate(total=Sum("amount"))["total"]}


def _recorded(world):
    return {
        "kind": "visit",
        "held_on": timezone.localdate() - datetime.timedelta(days=_next()),
        "cash": "100.00",
        "goods": "0",
        "cost": "0",
        "count": made.count(world.own),
    }


_days = iter(range(1, 10_000))


def _next() -> int:
    return next(_days)


LIVES = {"status": "retired", "status_since": "2020-05-01", "phone": "13800000009", "address": ""}

ROWS: dict[str, Row] = {
    **reads("title", who=SEES_AWARDS),
    "admin:honours_title_add": Row(APPROVER, writes=APPROVER, post=_title),
    # The catalogue belongs to the installation: everybody who sees one title sees all.
    "admin:honours_title_change": Row(
        SEES_AWARDS,
        "title",
        sees=f"{CLERK} {REVIEWER} {GIVES}",
        writes=APPROVER,
        reach=EVERYWHERE,
        lands=EVERYWHERE,
        post={"name": "市级岗位标兵", "rank": "95", "granting_body": "市总工会"},
    ),
    "admin:honours_title_history": Row(SEES_AWARDS, "title", reach=EVERYWHERE),
    **reads("award", who=SEES_AWARDS),
    "admin:honours_award_add": Row(
        f"{CLERK} {APPROVER} {GIVES}", writes=f"{CLERK} {APPROVER} {GIVES}", post=_award
    ),
    "admin:honours_award_change": Row(
        SEES_AWARDS,
        "award",
        sees=f"{REVIEWER} {APPROVER} {GIVES}",
        writes=CLERK,
        post=lambda world: _award(world) | {"document_number": "江工发〔2021〕9号"},
    ),
    "admin:honours_award_propose_revocation": Row(
        CLERK,
        "award",
        sees=f"{REVIEWER} {APPROVER} {GIVES}",
        writes=CLERK,
        post={"cause": "fraud", "finding": "申报事迹与事实不符"},
    ),
    **reads("revocation", "honours.revocation:proposed"),
    "admin:honours_revocation_reveal": Row(
        f"{REVIEWER} {APPROVER}",
        "honours.revocation:proposed",
        sees=CLERK,
        args={"field": "finding"},
        writes=f"{REVIEWER} {APPROVER}",
        post=REASON,
    ),
    **reads("holder"),
    "admin:honours_holder_change": Row(
        HONOURS,
        "holder",
        sees=f"{REVIEWER} {APPROVER}",
        writes=CLERK,
        post=lambda world: {"organisation": world.own.pk, **LIVES},
    ),
    "admin:honours_holder_reveal": Row(
        f"{CLERK} {REVIEWER}",
        "holder",
        sees=APPROVER,
        args={"field": "account"},
        writes=f"{CLERK} {REVIEWER}",
        post=REASON,
    ),
    "admin:honours_holder_open_missing": Row(
        CLERK, writes=CLERK, post=lambda world: {"within": world.own.pk}
    ),
    # Without rows in the address: all that the actor sees, at the union and below it.
    "admin:honours_holder_record_care": Row(CLERK, writes=CLERK, post=_recorded),
    "admin:honours_holder_confirm": Row(
        CLERK, "holder", sees=f"{REVIEWER} {APPROVER}", writes=CLERK, post=LIVES
    ),
    "admin:honours_holder_propose_allowance": Row(
        CLERK, "holder", sees=f"{REVIEWER} {APPROVER}", writes=CLERK, post=_claimed
    ),
    **reads("care"),
    "admin:honours_care_change": Row(
        HONOURS,
        "care",
        sees=f"{REVIEWER} {APPROVER}",
        writes=CLERK,
        post={"cash": "200.00", "goods": "0", "cost": "0"},
    ),
    **reads("allowance", "honours.allowance:proposed"),
    "admin:honours_allowance_list_entitled": Row(CLERK, writes=CLERK, post=_listed),
    "admin:honours_allowance_check_many": Row(
        REVIEWER, writes=REVIEWER, post=lambda world: _shown(world, "proposed")
    ),
    "admin:honours_allowance_approve_many": Row(
        APPROVER, writes=APPROVER, post=lambda world: _shown(world, "checked")
    ),
    **reads("allowancerule"),
    "admin:honours_allowancerule_add": Row(APPROVER, writes=APPROVER, post=_allowance_rule),
    "admin:honours_allowancerule_change": Row(
        HONOURS,
        "allowancerule",
        sees=f"{CLERK} {REVIEWER}",
        writes=APPROVER,
        post=lambda world: _allowance_rule(world) | {"since": "2015-01-01", "until": "2015-12-31"},
    ),
    "honours:own": Row(f"{SEES_AWARDS} chair"),
    "honours:confirm": Row(
        f"{CLERK} chair",
        "holder",
        sees=f"{REVIEWER} {APPROVER}",
        writes=f"{CLERK} chair",
        post=LIVES,
    ),
    "api:honours_award-list": Row(f"{SEES_AWARDS} chair"),
    "api:honours_award-detail": Row(f"{SEES_AWARDS} chair", "award"),
    **reads("carerule"),
    "admin:honours_carerule_add": Row(APPROVER, writes=APPROVER, post=_care_rule),
    "admin:honours_carerule_change": Row(
        HONOURS,
        "carerule",
        sees=f"{CLERK} {REVIEWER}",
        writes=APPROVER,
        post=lambda world: _care_rule(world) | {"since": "2015-01-01", "until": "2015-12-31"},
    ),
}


def award(place: Organisation, token: str):
    return made.award(place, document_number=f"江工发{token}", unit_name=token)


def holder(place: Organisation, token: str):
    return made.holder(place, bank=f"江城银行{token}")


def care(place: Organisation, token: str):
    return made.care(place, token)


def title(place: Organisation, token: str) -> Title:
    """None of a place."""
    return made.title("model_worker_national")


def allowancerule(place: Organisation, token: str) -> AllowanceRule:
    return AllowanceRule.objects.create(
        organisation=place, kind="honorarium", document=token, since="2015-01-01",
        until="2015-12-31", amount="500.00",
    )  # fmt: skip


def carerule(place: Organisation, token: str) -> CareRule:
    return CareRule.objects.create(
        organisation=place, kind="checkup", status="retired", document=token, since="2015-01-01",
        until="2015-12-31", years=2,
    )  # fmt: skip


SUBJECTS: dict[str, Maker] = {
    "award": award,
    "holder": holder,
    "care": care,
    "title": title,
    "allowancerule": allowancerule,
    "carerule": carerule,
}
