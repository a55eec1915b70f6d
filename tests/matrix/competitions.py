"""The rows of competitions: plans, what takes part, learning, innovations."""

import datetime
from typing import Any

from competitions.models import (
    Champion,
    Competition,
    Entry,
    Event,
    Innovation,
    Participation,
    ParticipationReport,
    Programme,
    SizeRule,
    SkillCertificate,
    Stage,
    Training,
    TrainingBase,
)
from core import workflow
from core.models import Organisation
from members.models import Membership
from tests.factories import competitions as contests
from tests.factories import rebates
from tests.factories.core import World
from tests.matrix.rows import REASON, Maker, Row

CLERK, APPROVER = "competitions_clerk", "competitions_approver"
STAFF = f"{CLERK} {APPROVER}"
ADMIN = "admin:competitions_"
ABOVE = ("town",)  # whose competitions are offered to all below


def reads(model: str, subject: str = "") -> dict[str, Row]:
    subject = subject or f"contest_{model}"
    return {
        f"{ADMIN}{model}_changelist": Row(STAFF),
        f"{ADMIN}{model}_change": Row(STAFF, subject),
        f"{ADMIN}{model}_history": Row(STAFF, subject),
    }


def kept(model: str, writes: str, post: Any, subject: str = "") -> dict[str, Row]:
    """Rows that one role keeps on its screen, and the other one reads."""
    subject = subject or f"contest_{model}"
    sees = " ".join(role for role in STAFF.split() if role != writes)
    return {
        **reads(model, subject),
        f"{ADMIN}{model}_add": Row(writes, writes=writes, post=post),
        f"{ADMIN}{model}_change": Row(STAFF, subject, sees=sees, writes=writes, post=post),
    }


def _plan(world: World) -> dict[str, Any]:
    return {"organisation": world.own.pk, "year": "2031", "name": "竞赛计划"}


def _competition(world: World) -> dict[str, Any]:
    return {
        "organisation": world.own.pk,
        "programme": contests.programme(world.own).pk,
        "name": "钳工竞赛",
        "level": "county",
        "form": "skills",
        "host": "总工会",
        "starts_on": "2031-04-01",
        "ends_on": "2031-06-01",
        "enter_until": "2031-04-20",
    }


def _event(world: World) -> dict[str, Any]:
    held = contests.competition(world.own, "planned")
    return {"competition": held.pk, "name": "钳工", "team_size": "1", "min_age": "18"}


def _stage(world: World) -> dict[str, Any]:
    held = contests.competition(world.own, "planned")
    return {
        "event": held.events.get().pk,
        "kind": "semifinal",
        "held_on": "2031-05-01",
        "min_judges": "3",
        "appeal_hours": "24",
    }


def _size(world: World) -> dict[str, Any]:
    dates = {"since": "2031-01-01", "until": "2032-01-01"}
    rule = {"level": "county", "stage": "final", "min_entries": "20"}
    return {"organisation": world.own.pk, "document": "江工发〔2031〕1号", **dates, **rule}


def _typed(member: Membership) -> str:
    return f"{member.person.name}{member.person.certificate_number.clear()[-4:]}"


def _champion(world: World) -> dict[str, Any]:
    won = {"trade": "钳工", "won_on": "2025-09-01"}
    return {"organisation": world.own.pk, "member": _typed(contests.member(world.own)), **won}


def _base(world: World) -> dict[str, Any]:
    facts = {"name": "培训基地", "kind": "base", "level": "county", "opened_on": "2025-01-01"}
    return {"organisation": world.own.pk, **facts}


def _training(world: World) -> dict[str, Any]:
    facts = {"title": "钳工班", "kind": "skill", "held_on": "2025-01-01", "sessions": "1"}
    return {"organisation": world.own.pk, "headcount": "20", **facts}


def _certificate(world: World) -> dict[str, Any]:
    facts = {"trade": "钳工", "grade": "senior", "issuer": "鉴定中心", "issued_on": "2025-01-01"}
    return {"organisation": world.own.pk, "member": _typed(contests.member(world.own)), **facts}


def entry_form(world: World) -> dict[str, Any]:
    held = contests.competition(world.own)
    member = contests.member(world.own)
    firm = member.employer
    return {"event": held.events.get().pk, "people": _typed(member), "employer": firm.pk}


def _other(world: World) -> dict[str, Any]:
    given = entry_form(world)
    return {"people": given["people"], "employer": given["employer"], "years_in_trade": "3"}


def report_form(world: World) -> dict[str, Any]:
    held = contests.competition(world.own, "running")
    firm = rebates.firm(world.own)
    return {"competition": held.pk, "employer": firm.pk, "headcount": "80", "sessions": "1"}


def innovation_form(world: World) -> dict[str, Any]:
    firm = rebates.firm(world.own)
    facts = {"title": "夹具改进", "kind": "small", "proposer": "一班", "content": "更快"}
    return {"employer": firm.pk, "proposed_on": "2026-01-05", **facts}


def _event_of(world: World) -> dict[str, Any]:
    return {"name": "车工", "team_size": "1"}


def handed_in(
    model: str, name: str, plural: str, post: Any, known: tuple[str, ...] = ()
) -> dict[str, Row]:
    """What unions hand in: read by staff on a screen, written by the chair in the portal."""
    draft = f"competitions.{model}:draft"
    space = "competitions:"
    return {
        f"{ADMIN}{model}_changelist": Row(STAFF),
        f"{ADMIN}{model}_change": Row(STAFF, draft),
        f"{ADMIN}{model}_history": Row(STAFF, draft),
        f"{space}{plural}": Row(f"{STAFF} chair"),
        f"{space}{name}": Row(f"{STAFF} chair", draft),
        f"{space}{name}_new": Row("chair", writes="chair", post=post, known=known),
    }


def _words(model: type, step: str) -> Any:
    """On all that the list shows; how many those are."""

    def post(world: World) -> dict[str, Any]:
        sources = workflow.registry[model].transitions[step].sources
        rows = model.objects.within(world.own).filter(state__in=sources)
        return {"comment": "情况属实，材料齐全", "count": rows.count()}

    return post


ROWS: dict[str, Row] = {
    **kept("programme", CLERK, _plan),
    **kept("competition", CLERK, _competition, "competitions.competition:planned"),
    f"{ADMIN}competition_add_event": Row(
        CLERK, "competitions.competition:planned", sees=APPROVER, writes=CLERK, post=_event_of
    ),
    **kept("event", CLERK, _event),
    **kept("stage", CLERK, _stage),
    **kept("champion", CLERK, _champion),
    **kept("sizerule", APPROVER, _size),
    **kept("trainingbase", CLERK, _base),
    **kept("training", CLERK, _training),
    **kept("skillcertificate", CLERK, _certificate),
    f"{ADMIN}skillcertificate_reveal": Row(
        CLERK,
        "contest_skillcertificate",
        sees=APPROVER,
        args={"field": "number"},
        writes=CLERK,
        post=REASON,
    ),
    **reads("participation"),
    **handed_in("entry", "entry", "entries", entry_form),
    "competitions:entry_change": Row(
        "chair",
        "competitions.entry:draft",
        sees=STAFF,
        writes="chair",
        post=_other,
        lands=("own",),  # whom it names is no member of the union below
    ),
    **handed_in("participationreport", "report", "reports", report_form, ABOVE),
    "competitions:report_change": Row(
        "chair",
        "competitions.participationreport:draft",
        sees=STAFF,
        writes="chair",
        post={"headcount": "90", "sessions": "1"},
    ),
    **handed_in("innovation", "innovation", "innovations", innovation_form),
    "competitions:innovation_change": Row(
        "chair",
        "competitions.innovation:draft",
        sees=STAFF,
        writes="chair",
        post={
            **{"title": "支架改进", "kind": "small", "proposer": "二班", "content": "更稳"},
            "proposed_on": "2026-01-06",
        },
    ),
    f"{ADMIN}entry_accept_many": Row(CLERK, writes=CLERK, post=_words(Entry, "accept")),
    f"{ADMIN}entry_refuse_many": Row(CLERK, writes=CLERK, post=_words(Entry, "refuse")),
    f"{ADMIN}participationreport_accept_many": Row(
        CLERK, writes=CLERK, post=_words(ParticipationReport, "accept")
    ),
    f"{ADMIN}participationreport_send_back_many": Row(
        CLERK, writes=CLERK, post=_words(ParticipationReport, "send_back")
    ),
}


def programme(place: Organisation, token: str) -> Programme:
    return contests.programme(place, name=f"竞赛计划{token}")


def event(place: Organisation, token: str) -> Event:
    held = contests.competition(place, "planned", event=False)
    return contests.event(held, f"焊工{token}")


def stage(place: Organisation, token: str) -> Stage:
    return event(place, token).stages.get()


def champion(place: Organisation, token: str) -> Champion:
    person = contests.member(place).person
    day = datetime.date(2020, 9, 1)
    return Champion.objects.create(organisation=place, trade=token, person=person, won_on=day)


def sizerule(place: Organisation, token: str) -> SizeRule:
    return SizeRule.objects.create(
        organisation=place,
        document=token,
        since=datetime.date(2020, 1, 1),
        until=datetime.date(2021, 1, 1),
        level="county",
        stage="final",
        min_entries=20,
    )


def trainingbase(place: Organisation, token: str) -> TrainingBase:
    day = datetime.date(2020, 9, 1)
    return TrainingBase.objects.create(
        organisation=place, name=f"基地{token}", kind="base", level="county", opened_on=day
    )


def training(place: Organisation, token: str) -> Training:
    return contests.training(place, title=f"班{token}")


def skillcertificate(place: Organisation, token: str) -> SkillCertificate:
    return contests.certificate(place, trade=token)


def participation(place: Organisation, token: str) -> Participation:
    return Participation.objects.create(
        organisation=place,
        competition=contests.competition(place, "running"),
        employer=rebates.firm(place, name=token),
        headcount=20,
    )


def offer(place: Organisation, token: str) -> Competition:
    """Which counts heads."""
    return contests.competition(place, "running", name=f"安康杯竞赛{token}")


def waiting(place: Organisation, token: str) -> Innovation:
    """Beside it an entry and a report that wait for a decision."""
    contests.entry(place, token, "submitted")
    contests.report(place, token, "submitted")
    return contests.innovation(place, token, "proposed")


SUBJECTS: dict[str, Maker] = {
    "contest_programme": programme,
    "contest_event": event,
    "contest_stage": stage,
    "contest_champion": champion,
    "contest_sizerule": sizerule,
    "contest_trainingbase": trainingbase,
    "contest_training": training,
    "contest_skillcertificate": skillcertificate,
    "contest_participation": participation,
    "contest_offer": offer,
    "contest_waiting": waiting,
}
