"""The rows of splitting: its documents, distributions, and the parts of receipts."""

import datetime

from core.models import Organisation
from funds.models import Allocation, Distribution, SpecialPayer, SplitRule, SupportMeasure
from members.services import unions
from tests.factories import splits
from tests.factories.members import employer
from tests.matrix.collection import reads
from tests.matrix.rows import FINANCE, REASON, Maker, Row

MAKER, APPROVER = "finance_maker", "finance_approver"
OTHERS = "finance_maker finance_checker finance_payer"


def writes(model: str, post) -> dict[str, Row]:
    """The documents are kept by who approves, and read by all who handle money.

    One that is used already takes an end and nothing else.
    """
    name = f"admin:funds_{model}"
    return {
        **reads(model, model),
        f"{name}_add": Row(APPROVER, writes=APPROVER, post=post),
        f"{name}_change": Row(
            FINANCE,
            model,
            sees=OTHERS,
            writes=APPROVER,
            post=lambda world: {"valid_to": "2035-12-31"} | post(world),
        ),
    }


def _rule(world) -> dict:
    shares = dict.fromkeys(["town", "district", "municipal", "provincial", "national", "held"], "0")
    return {
        "organisation": world.own.pk,
        "kind": "dues",
        "payer_class": "organ",
        "document_number": "江工发〔2030〕1号",
        "valid_from": "2030-01-01",
        "levy": "2",
        "grassroots": "100",
        "tie_order": "up",
        "due_after": "month",
        "due_days": "0",
        **shares,
    }


def _special(world) -> dict:
    return {
        "code": employer(world.own).credit_code,
        "payer_class": "finance",
        "valid_from": "2030-01-01",
        "document_number": "",
    }


def _measure(world) -> dict:
    return {
        "organisation": world.own.pk,
        "name": "缓减",
        "document_number": "江工发〔2030〕2号",
        "percent": "20",
        "valid_from": "2030-01-01",
        "valid_to": "2030-12-31",
    }


def _again(world) -> dict:
    allocation(world.own, "")
    span = {"first": "2026-03-01", "last": "2026-03-31"}
    return {"organisation": world.own.pk, "within": world.own.pk, **span, **REASON}


def _founded(world) -> dict:
    splits.rule(world.own, {"held": 100}, kind="preparation")
    splits.rule(world.own, kind="released")
    firm = splits.payer(world.own)
    splits.split(splits.line(splits.batch(world.own), payer=firm, fund_kind="preparation"))
    since = datetime.date(2026, 4, 1)
    unions.cover(firm, union=world.own, since=since, by=world.user("clerk"))
    return {"employers": [firm.pk]}


def _released(world) -> dict:
    if not SplitRule.objects.filter(organisation=world.own, kind="dues").exists():
        splits.rule(world.own)
    splits.account(world.child, own=False)
    splits.split(splits.line(splits.batch(world.own), union=world.child))
    splits.account(world.child)
    return {"unions": [world.child.pk]}


ROWS: dict[str, Row] = {
    **writes("splitrule", _rule),
    "admin:funds_splitrule_examples": Row(
        APPROVER, writes=APPROVER, post=lambda world: {"organisation": world.own.pk}
    ),
    **writes("specialpayer", _special),
    **writes("supportmeasure", _measure),
    **reads("distribution", "distribution"),
    "admin:funds_distribution_resplit": Row(APPROVER, writes=APPROVER, post=_again),
    "admin:funds_distribution_found": Row(MAKER, writes=MAKER, post=_founded),
    "admin:funds_distribution_release": Row(MAKER, writes=MAKER, post=_released),
    **reads("allocation", "allocation"),
}


def splitrule(place: Organisation, token: str) -> SplitRule:
    return splits.rule(place, document_number=token)


def specialpayer(place: Organisation, token: str) -> SpecialPayer:
    return SpecialPayer.objects.create(
        employer=employer(place, token), payer_class="finance", valid_from="2026-01-01"
    )


def supportmeasure(place: Organisation, token: str) -> SupportMeasure:
    return splits.measure(place, name=token)


def distribution(place: Organisation, token: str) -> Distribution:
    made = allocation(place, token).distribution
    Distribution.objects.filter(pk=made.pk).update(reason=token)
    return made


def allocation(place: Organisation, token: str) -> Allocation:
    """Of a receipt that the place collected itself."""
    if not SplitRule.objects.filter(organisation=place).exists():
        splits.rule(place)
    got = splits.line(splits.batch(place), payer_name=token or "甲厂")
    splits.split(got)
    return Allocation.objects.get(line=got)


SUBJECTS: dict[str, Maker] = {
    "splitrule": splitrule,
    "specialpayer": specialpayer,
    "supportmeasure": supportmeasure,
    "distribution": distribution,
    "allocation": allocation,
}
