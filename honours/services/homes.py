"""模范职工之家: ratings by members, and looking after titles that were given."""

import datetime

from django.db import transaction
from django.utils import timezone

from core import workflow
from core.errors import Refused
from core.models import Decision, User
from core.services import records
from core.services.records import require
from honours.models import Award, HomeRating, HomeRule, Inspection
from honours.services import awards

ADD = "honours.add_homerating"


@transaction.atomic
def rate(rating: HomeRating, *, by: User) -> HomeRating:
    """会员评家: what the members of a union said in a year, not stored yet."""
    require(by, ADD, rating.organisation)
    return workflow.begin(rating, by=by, action="report")


@transaction.atomic
def correct(rating: HomeRating, *, by: User) -> HomeRating:
    """Put right what was returned; it is handed in again by its step."""
    stored = HomeRating.objects.select_for_update(of=("self",)).get(pk=rating.pk)
    require(by, "honours.change_homerating", stored)
    if stored.state != HomeRating.State.RETURNED:
        raise Refused(
            f"现为“{stored.get_state_display()}”，内容不能修改，请刷新后查看。", code="wrong_state"
        )
    return records.save(rating, by=by)


# Supervision of titles.


@transaction.atomic
def inspect(inspection: Inspection, *, by: User) -> Inspection:
    """复查: what was seen of a collective title that stands, and what is proposed."""
    award = inspection.award
    require(by, "honours.add_inspection", award)
    if award.title.is_personal:
        raise Refused("个人荣誉不在复查范围内。", code="personal")
    if not Award.objects.standing(timezone.localdate()).filter(pk=award.pk).exists():
        raise Refused("该荣誉已失效或已撤销，不能复查。", code="not_standing")
    if inspection.kind == Inspection.Kind.RENEWAL and award.valid_until is None:
        raise Refused("该荣誉没有有效期，不需要期满复核，可以作动态监督。", code="no_term")
    inspection.organisation, inspection.proposed_by = award.organisation, by
    return workflow.begin(inspection, by=by, action="propose")


def inspectable(inspection: Inspection) -> str:
    """The title stands still."""
    on = timezone.localdate()
    if Award.objects.standing(on).filter(pk=inspection.award_id).exists():
        return ""
    return "该荣誉已失效或已撤销，不能再作结论，请撤回或终止本件。"


def is_pointless(inspection: Inspection) -> bool:
    """The title has ended or was revoked meanwhile."""
    return bool(inspectable(inspection))


def kept(inspection: Inspection, decision: Decision) -> None:
    """The title stands; a re-check before its end lets it stand for another term."""
    award = inspection.award
    inspection.rectify_until = None
    if inspection.kind != Inspection.Kind.RENEWAL:
        return
    term = award.title.term_years or max(1, award.valid_until.year - award.granted_on.year)
    until = awards.years_after(award.valid_until, term)
    inspection.valid_from, inspection.valid_until = award.valid_until, until
    awards.prolong(award, until=until, by=decision.by)


def rectifying(inspection: Inspection, decision: Decision) -> None:
    day = timezone.localdate(decision.at)
    rule = HomeRule.objects.applying(inspection.organisation, day).first()
    if rule is None:
        raise Refused("尚未登记适用的建家标准，请市总工会先登记。", code="no_rule")
    inspection.rectify_until = day + datetime.timedelta(days=rule.rectify_days)


def delisted(inspection: Inspection, decision: Decision, *, document_number: str) -> None:
    """摘牌: the title is revoked from today on."""
    day = timezone.localdate(decision.at)
    inspection.ended_on, inspection.document_number = day, document_number
    inspection.rectify_until = None
    awards.revoke(
        inspection.award,
        on=day,
        reason=decision.comment,
        document_number=document_number,
        by=decision.by,
    )
