"""Studios: who may lead one, their people, and what the steps of their road leave behind."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit, bulk, workflow
from core.errors import Refused
from core.models import Decision, Publicity, User
from core.services import records
from core.services.records import require
from honours.models import Award, Studio, StudioHave, StudioMember
from honours.models.studios import prepare
from honours.rules import studios as rules
from honours.services.awards import years_after

ENTRY = "entry"
# Titles that let a person of the register lead, whenever they stand.
LEADS = Q(title__kind__in=rules.LEADING_KINDS, level__in=rules.LEADING_LEVELS, person__isnull=False)


def leading_awards(on: datetime.date) -> QuerySet[Award]:
    """Titles of persons of the register that let them lead a studio on the day."""
    return Award.objects.standing(on).filter(LEADS)


# The application.


@transaction.atomic
def open_draft(studio: Studio, award: Award, *, by: User) -> Studio:
    """Begin an application: `award` says who leads. He is the first of the team."""
    require(by, "honours.add_studio", studio.organisation)
    _lead(studio, award)
    workflow.begin(studio, by=by)
    person = studio.leader
    leader = StudioMember(
        studio=studio,
        name=person.name,
        person=person,
        role=StudioMember.Role.LEADER,
        since=studio.founded_on,
    )
    _write(leader, "add", by=by)
    return studio


@transaction.atomic
def change(studio: Studio, *, by: User) -> Studio:
    """The facts of an application that is still filled in."""
    stored = _open(studio, by)
    if stored.state != Studio.State.DRAFT:
        raise Refused("工作室已提交，申报内容不能修改，请刷新后查看。", code="wrong_state")
    return records.save(studio, by=by)


def _lead(studio: Studio, award: Award) -> None:
    if not leading_awards(timezone.localdate()).filter(pk=award.pk).exists():
        raise Refused(
            "领衔人应持有有效的市级以上劳动模范（先进工作者）、五一劳动奖章或工匠称号，请另选。",
            code="leader",
        )
    studio.award, studio.leader = award, award.person


@transaction.atomic
def add_member(member: StudioMember, *, by: User) -> StudioMember:
    """Somebody joins the team."""
    _open(member.studio, by)
    if member.role == StudioMember.Role.LEADER:
        raise Refused("领衔人由申报时所选的荣誉确定，不能另行添加。", code="leader")
    if member.person and member.studio.members.current().filter(person=member.person).exists():
        raise Refused("该会员已在团队中，一人只计一次。", code="in_team")
    return _write(member, "add", by=by)


@transaction.atomic
def end_member(member: StudioMember, *, on: datetime.date, by: User) -> StudioMember:
    """Somebody leaves the team: from the day on he is no longer in it."""
    row = StudioMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    _open(row.studio, by)
    if row.until:
        raise Refused("该成员已经退出。", code="ended")
    if row.role == StudioMember.Role.LEADER:
        raise Refused("领衔人不能退出；领衔人变动的，由上级工会复核后处理。", code="leader")
    before = audit.snapshot(row)
    row.until = on
    row.full_clean()
    row.save(update_fields=["until"])
    changes = audit.difference(before, audit.snapshot(row))
    audit.record("honours.studiomember.end", by=by, obj=row, changes=changes)
    return row


def _open(studio: Studio, by: User) -> Studio:
    """The studio as it is stored, if its people may be written now."""
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    require(by, "honours.change_studio", row)
    if not row.is_open:
        raise Refused(
            f"工作室现为“{row.get_state_display()}”，不能变动团队，请刷新后查看。",
            code="wrong_state",
        )
    if row.state == Studio.State.DRAFT:
        _be_author(row, by)
    return row


def _be_author(studio: Studio, by: User) -> None:
    """Who writes in an application is one of its authors. Whom it concerns may apply, and is kept
    from every other duty by that."""
    try:
        workflow.join(studio, ENTRY, label="修改", by=by)
    except Refused as refusal:
        if refusal.code not in {"concerned", "kin"}:
            raise


def _write(row: StudioMember, verb: str, *, by: User) -> StudioMember:
    row.full_clean()
    row.save()
    changes = audit.difference({}, audit.snapshot(row))
    audit.record(f"honours.studiomember.{verb}", by=by, obj=row, changes=changes)
    return row


# What the steps look at. Each returns the sentence that says what is missing, or "".


def complete(studio: Studio) -> str:
    """The leader holds his title today, and the team is as large as the rule asks."""
    today = timezone.localdate()
    if not leading_awards(today).filter(pk=studio.award_id, person=studio.leader_id).exists():
        return "领衔人的荣誉已失效或被撤销，不符合领衔条件。"
    rule = studio.rule_on(today)
    if rule is None:
        return "尚未登记适用的工作室管理规定，请市总工会先登记。"
    team = studio.members.current().count()
    if team < rule.least_team:
        return (
            f"团队现有 {team} 人，按{rule.document}应不少于 {rule.least_team} 人，"
            "请补充成员后再提交。"
        )
    return ""


def nameable(studio: Studio) -> str:
    """Complete still, and all seven haves were seen."""
    if said := complete(studio):
        return said
    if left := rules.lacking(set(studio.haves.values_list("item", flat=True))):
        return f"实地考察尚未核实：{'、'.join(left)}，请核实后再命名。"
    return ""


def keepable(studio: Studio) -> str:
    """Leader and team are as they have to be, and the last year was no failure, or put right."""
    if said := complete(studio):
        return said
    last = studio.assessments.order_by("-year").first()
    if last is None:
        return "该工作室还没有年度考核，请先考核再作复核结论。"
    if last.verdict == rules.UNQUALIFIED and not was_rectified(studio):
        return f"{last.year}年考核不合格，不能直接保留命名，可以限期整改。"
    return ""


def was_rectified(studio: Studio) -> bool:
    """Whether what was amiss was put right in this round."""
    made = Decision.objects.on(studio).filter(transition="rectified", round=studio.round)
    return made.exists()


# What the steps leave behind.


def inspected(
    studio: Studio, decision: Decision, *, inspected_on: datetime.date, haves: Sequence[str]
) -> None:
    """实地考察: the day, and which of the seven haves were seen."""
    studio.inspected_on = inspected_on
    see(studio, haves, on=inspected_on)


def see(studio: Studio, items: Sequence[str], *, on: datetime.date) -> None:
    """Mark haves as seen on the day; what was seen before keeps its day."""
    known = set(studio.haves.values_list("item", flat=True))
    new = [item for item, _ in rules.HAVES if item in items and item not in known]
    rows = [StudioHave(studio=studio, item=item, seen_on=on) for item in new]
    records.clean_many(rows)
    bulk.create(rows)


@transaction.atomic
def see_again(studio: Studio, *, items: Sequence[str], on: datetime.date, by: User) -> Studio:
    """七有核查 beside the road: the list as it is seen on the day, what was lost is taken out."""
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    require(by, "honours.check_studio", row)
    workflow.refuse_concerned(row, by)
    before = set(row.haves.values_list("item", flat=True))
    lost = row.haves.exclude(item__in=items).values_list("pk", flat=True)
    records.delete(StudioHave, list(lost))
    see(row, items, on=on)
    labels = dict(rules.HAVES)

    def told(found: set[str]) -> str:
        return "、".join(labels[item] for item, _ in rules.HAVES if item in found)

    changes = {"haves": [told(before), told(set(items))]}
    audit.record("honours.studio.see", by=by, obj=row, changes=changes)
    return row


def evaluated(studio: Studio, decision: Decision, *, score: Decimal) -> None:
    studio.score = score


def named(
    studio: Studio, decision: Decision, *, named_on: datetime.date, document_number: str
) -> None:
    shown = Publicity.objects.on(studio).order_by("pk").last()
    if shown and named_on <= shown.ends_on:
        raise Refused(f"命名日期应在公示期满（{shown.ends_on}）之后，请核对。", code="earlier")
    studio.named_on, studio.document_number = named_on, document_number
    studio.review_on = _next_review(studio, named_on)


def kept(studio: Studio, decision: Decision) -> None:
    studio.review_on = _next_review(studio, timezone.localdate(decision.at))
    studio.rectify_until = None


def _next_review(studio: Studio, day: datetime.date) -> datetime.date:
    rule = studio.rule_on(day) or studio.rule_on(timezone.localdate())
    if rule is None:
        raise Refused("尚未登记适用的工作室管理规定，请市总工会先登记。", code="no_rule")
    return years_after(day, rule.review_years)


def rectifying(studio: Studio, decision: Decision) -> None:
    day = timezone.localdate(decision.at)
    rule = studio.rule_on(day)
    if rule is None:
        raise Refused("尚未登记适用的工作室管理规定，请市总工会先登记。", code="no_rule")
    studio.rectify_until = day + datetime.timedelta(days=rule.rectify_days)


def revoked(studio: Studio, decision: Decision, *, document_number: str) -> None:
    """The name ends today."""
    studio.revoked_on = timezone.localdate(decision.at)
    studio.revoking_document = document_number
    studio.review_on = studio.rectify_until = None


# Taking over those that were named before this software, or by somebody else.


@transaction.atomic
def take_over(studios: Sequence[Studio], *, by: User) -> Sequence[Studio]:
    """Enter studios that bear their names already, with their leaders; all or none.

    Their awards must have stood on the day of the naming.
    """
    records.require(by, "honours.approve_studio")
    mine = by.paths_with("honours.approve_studio")
    for studio in studios:
        if not any(studio.organisation.path.startswith(path) for path in mine):
            raise Refused("所填的工会不在本人管辖范围内，没有写入任何一行。", code="out_of_scope")
        studio.state = Studio.State.NAMED
        studio.review_on = studio.review_on or _next_review(studio, studio.named_on)
    prepare(studios)
    concerned = {each for studio in studios for each in studio.concerned_persons}
    comments = [f"{row.document_number}命名，于{timezone.localdate()}登记。" for row in studios]
    workflow.take_over_many(
        studios, label="登记已命名", comments=comments, by=by, concerned=concerned
    )
    leaders = [
        StudioMember(
            studio=studio,
            name=studio.leader.name,
            person=studio.leader,
            role=StudioMember.Role.LEADER,
            since=studio.founded_on,
        )
        for studio in studios
    ]
    records.insert_many(leaders, by=by)
    return studios


@transaction.atomic
def withdraw_many(studios: Sequence[Studio], *, by: User) -> None:
    """Remove studios that should not have been taken over, with their leaders."""
    require(by, "honours.approve_studio")
    members = StudioMember.objects.filter(studio__in=[row.pk for row in studios])
    people = list(members.select_related("studio__organisation"))
    records.erase(people, by=by, action="honours.studiomember.withdraw")
    records.erase(studios, by=by, action="honours.studio.take_back")
