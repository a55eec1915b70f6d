"""The rows of hardship: files beside their steps, members, and the documents that judge them."""

from typing import Any

from core.models import Organisation
from hardship.models import FamilyMember, GrantCap, Procedure, Standard, TierRule, VetoRule
from tests.factories import hardship as households
from tests.factories.core import World
from tests.matrix.rows import REASON, Maker, Row

STAFF = "town_reviewer aid_clerk aid_reviewer aid_approver data_checker"
REVEAL = "aid_reviewer aid_approver"
READ_RULES = "aid_clerk aid_reviewer aid_approver"
DRAFT = "hardship.case:draft"


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
    "admin:hardship_standard_what_if": Row(
        READ_RULES, post=lambda world: {"organisation": world.own.pk, "amount": "1300"}
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


SUBJECTS: dict[str, Maker] = {
    "familymember": familymember,
    "standard": dated(Standard, amount=1000),
    "tierrule": dated(TierRule, tier="deep", net_times=1),
    "vetorule": dated(VetoRule, code="luxury", label="近期购买奢侈品"),
    "procedure": dated(Procedure),
    "grantcap": dated(GrantCap, kind="study", amount=4000),
}
