"""Households in need for tests: rules of the city, who does what, and a file on its road."""

import datetime
import io
from decimal import Decimal

from django.utils import timezone

from core import workflow, working_days
from core.models import Organisation, Publicity, StoredFile
from core.services import publicity
from hardship import rules
from hardship.models import (
    Case,
    DataCheck,
    EvaluationSample,
    Evidence,
    Expense,
    FamilyMember,
    Grant,
    Household,
    Income,
    Procedure,
    Recognition,
    Review,
    Standard,
    TierRule,
    VetoRule,
    Visit,
)
from hardship.services import aid, checks, files, outcomes
from tests.factories.core import UserFactory
from tests.factories.members import resident_number
from tests.factories.proceedings import builds

PDF = b"%PDF-1.7\n%"


def rulebook(city, since="2019-01-01"):
    """The city's line of 1,110 元, rule A, two vetoes, and a way without the town's review."""
    common = {"organisation": city, "since": datetime.date.fromisoformat(since)}
    Standard.objects.create(amount=Decimal("1110.00"), document="江政发〔2019〕1号", **common)
    shared = {"document": "江工发〔2019〕2号", **common}
    TierRule.objects.create(tier="deep", net_times=Decimal("1.00"), **shared)
    TierRule.objects.create(tier="relative", net_times=Decimal("2.00"), **shared)
    TierRule.objects.create(
        tier="accident",
        is_event=True,
        loss_share=Decimal("0.800"),
        harm_suffices=True,
        **shared,
    )
    VetoRule.objects.create(code="homes", label="拥有两套以上住房", **shared)
    VetoRule.objects.create(
        code="vehicle", label="拥有或经常使用机动车", allows_exception=True, **shared
    )
    return Procedure.objects.create(
        has_town_review=False, checked_sources=["vehicles", "real_estate"], **shared
    )


class Staff:
    """One person for each duty of a union, by the name of the duty."""

    ROLES = {
        "chair": ("chair", "own"),
        "committee": ("committee", "own"),
        "second": ("committee", "own"),
        "town": ("town_reviewer", "town"),
        "district": ("aid_reviewer", "district"),
        "checker": ("data_checker", "district"),
        "clerk": ("aid_clerk", "district"),
        "approver": ("aid_approver", "city"),
    }

    def __init__(self, world, own="own", district="district", town="town"):
        places = {"own": own, "district": district, "town": town, "city": "city"}
        for name, (role, place) in self.ROLES.items():
            at = world.organisation(places[place])
            setattr(self, name, UserFactory(organisation=at, role=role, display_name=name))


def draft(organisation, *, by, persons=3, income="3000", **facts):
    """A file whose facts are complete but for papers, visit and answers.

    The household lives on one monthly income of the applicant, over the whole window.
    """
    facts.setdefault("applied_on", timezone.localdate())
    case = Case(
        organisation=organisation,
        authorised_on=facts["applied_on"],
        main_cause="own_illness",
        declared_persons=persons,
        declared_income=Decimal(income) * 12,
        housing="rented",
        phone="13800000001",
        account_holder="王建国",
        bank="江城银行新街支行",
        account="6222020000000000000",
        **facts,
    )
    case = files.open_draft(case, member("self", "王建国"), by=by)
    for _ in range(persons - 1):
        files.put(member("child", "王小明", case=case), by=by)
    earn(case, income, by=by)
    return case


def member(relation, name, **fields):
    fields.setdefault("certificate_number", resident_number())
    fields.setdefault("employment", "working")
    return FamilyMember(relation=relation, name=name, **fields)


def _months(case):
    first, last = rules.window(case.applied_on, 12)
    return {"case": case, "first_month": first, "last_month": last}


def earn(case, amount, *, by, kind="wage"):
    return files.put(
        Income(
            member=case.members.get(relation="self"),
            kind=kind,
            amount=Decimal(amount),
            **_months(case),
        ),
        by=by,
    )


def spend(case, amount, *, by, kind="medical"):
    return files.put(
        Expense(
            member=case.members.get(relation="self"),
            kind=kind,
            amount=Decimal(amount),
            **_months(case),
        ),
        by=by,
    )


def attach(case, kind, *, by):
    return files.attach(case, io.BytesIO(PDF), name=f"{kind}.pdf", kind=kind, by=by)


def visit(case, visitors, *, by, kind="check"):
    return checks.record_visit(Visit(case=case, kind=kind, finding="属实"), visitors, by=by)


def support(case, staff):
    """Papers, visit and answers: the rest of what a file needs to be handed in."""
    for kind in (Evidence.Kind.AUTHORISATION, Evidence.Kind.IDENTITY):
        attach(case, kind, by=staff.chair)
    visit(case, [staff.committee, staff.second], by=staff.chair)
    checks.answer_vetoes(case, [], by=staff.chair)


def compare(case, *, by):
    """Every authority that has to be asked finds nothing."""
    checks.request_data(case, case.procedure.checked_sources, by=by)
    for check in DataCheck.objects.filter(case=case, round=case.round, verdict=""):
        checks.answer_data(check, is_hit=False, finding="无记录", by=by)
        checks.judge_data(check, verdict="consistent", by=by)


def pass_publicity():
    """The days of what is shown have gone by, and nobody objected."""
    posted = timezone.localdate() - datetime.timedelta(days=60)
    ends = working_days.last_of(posted, 5)
    Publicity.objects.running().update(posted_on=posted, ends_on=ends)
    assert publicity.close_due()


# The steps of the road in order: (state before, step, duty, what the step wants).
ROAD = [
    ("draft", "submit", "chair", {}),
    ("submitted", "check_past_town", "committee", {}),
    ("district", "review", "district", {}),
    ("comparison", "compare", "checker", {}),
    ("publicity", "unopposed", None, {}),
    ("decision", "approve", "approver", {"level": "municipal"}),
]


def travel(case, staff, *, to="filed"):
    """Lead a draft up to a state of the road, each step by its own person."""
    for state, step, duty, data in ROAD:
        case = Case.objects.get(pk=case.pk)
        if case.state == to:
            break
        assert case.state == state
        if state == "draft":
            support(case, staff)
        if state == "comparison":
            compare(case, by=staff.checker)
        if duty is None:
            pass_publicity()
        else:
            workflow.apply(case, step, by=getattr(staff, duty), **data)
    return Case.objects.get(pk=case.pk)


def filed(staff, **facts):
    """A household on file."""
    return travel(draft(staff.chair.organisation, by=staff.chair, **facts), staff)


def recheck(case, staff, outcome="stay", *, income=None, **guarantees):
    """Lead a household on file through a re-check up to the municipal decision."""
    case = workflow.apply(case, "recheck", by=staff.chair)
    case.authorised_on = case.applied_on
    if income is not None:
        for row in case.incomes.all():
            files.drop(row, by=staff.chair)
        earn(case, income, by=staff.chair)
        case.declared_income = Decimal(income) * 12
    else:
        for row in case.incomes.all():
            row.first_month, row.last_month = rules.window(case.applied_on, 12)
            files.put(row, by=staff.chair)
    workflow.amend(case, by=staff.chair)
    visit(case, [staff.committee, staff.second], by=staff.chair)
    checks.answer_vetoes(case, [], by=staff.chair)
    review = Review(case=case, outcome=outcome, note="已入户核实", **guarantees)
    outcomes.propose(review, by=staff.chair)
    workflow.apply(case, "hand_in", by=staff.chair)
    return workflow.apply(case, "review_recheck", by=staff.district)


def grant(case, *, by, amount="1000.00", kind="living", source="municipal", **fields):
    day = timezone.localdate()
    fields.setdefault("cause", case.main_cause)
    fields.setdefault("period_first", day.replace(month=1, day=1))
    fields.setdefault("period_last", day.replace(month=12, day=31))
    fields.setdefault("beneficiary", case.members.get(relation="self"))
    row = Grant(case=case, amount=Decimal(amount), kind=kind, source=source, **fields)
    return aid.grant(row, by=by)


def register(organisation, **fields):
    """A file as it stands in the register, without its road."""
    household = Household.objects.create(organisation=organisation)
    facts = {
        "organisation": organisation,
        "household": household,
        "applicant_name": "王建国",
        "applied_on": datetime.date(2021, 1, 10),
        "main_cause": "own_illness",
        "declared_persons": 1,
        "declared_income": 0,
        "housing": "rented",
        "state": "filed",
        "tier": "deep",
        "level": "municipal",
    } | fields
    case = Case.objects.create(**facts)
    applicant = member("self", "王建国", case=case, is_open=case.is_open)
    applicant.clean()
    applicant.name = case.applicant_name
    applicant.save()
    return case


def recognition(case, since, until=None, *, ending="", **fields):
    """A time on file, by days as text."""
    facts = {
        "organisation": case.organisation,
        "household": case.household,
        "case": case,
        "tier": case.tier,
        "level": case.level,
        "main_cause": case.main_cause,
        "entry": "new",
        "since": since,
        "until": until,
        "ending": ending,
        "standard": Standard.objects.first(),
        "rule": TierRule.objects.first(),
        "steps": [["家庭人口", "共同生活的家庭成员", "1 人", ""]],
    }
    return Recognition.objects.create(**facts | fields)


def paid_grant(case, paid_on, amount="1000.00", **fields):
    """A grant as it stands in the register when its money has arrived."""
    more = {"period_first": paid_on, "period_last": paid_on, "paid_on": paid_on}
    return laid_down(case, amount=amount, laid_by=None, **more | fields)


def laid_down(case, amount="1000.00", **fields):
    """A grant as it stands in the register, by whom nobody asks."""
    day = timezone.localdate()
    if "laid_by" not in fields:
        fields["laid_by"] = UserFactory(organisation=case.organisation)
    facts = {
        "organisation": case.organisation,
        "household": case.household,
        "case": case,
        "beneficiary": case.members.first(),
        "kind": "living",
        "source": "municipal",
        "cause": case.main_cause,
        "amount": Decimal(amount),
        "period_first": day,
        "period_last": day,
        "tier": case.tier,
        "level": case.level,
    }
    return Grant.objects.create(**facts | fields)


def sample(organisation, evaluator, **fields):
    """A sample of the place as a drawing leaves it, still without households."""
    facts = {
        "organisation": organisation,
        "title": "2021年度第三方评估",
        "first": datetime.date(2021, 1, 1),
        "last": datetime.date(2021, 12, 31),
        "size": 1,
        "agency": "江城评估咨询中心",
        "evaluator": evaluator,
        "drawn_on": datetime.date(2022, 1, 10),
        "population": 1,
        "seed": "0" * 32,
        "rule": "分层随机抽样",
    }
    return EvaluationSample.objects.create(**facts | fields)


def evaluated(drawn, case, verdict="", **fields):
    """A household of a sample; without a file one that was missed."""
    found = case and (case.recognitions.last() or recognition(case, "2021-01-10"))
    place = case.organisation if case else drawn.organisation
    facts = {
        "code": f"{'A' if case else 'B'}-{drawn.items.count() + 1:04}",
        "organisation": place,
        "district": drawn.organisation,
        "case": case,
        "recognition": found,
        "tier": case.tier if case else "",
        "standing": ("left" if found.until else "on_file") if case else "",
        "stratum_households": 1 if case else 0,
        "place": "" if case else "新街社区",
        "verdict": verdict,
        "remark": "已入户核对" if verdict else "",
        "judged_on": datetime.date(2022, 1, 20) if verdict else None,
    }
    return drawn.items.create(**facts | fields)


def shut(drawn, on):
    """Close a sample on a day: nothing is put into it afterwards."""
    drawn.closed_on = on
    drawn.save()
    return drawn


def complete(place, token, state):
    """A file in which nothing is missing for any step out of a state: see `builds`."""
    if not Standard.objects.in_force(timezone.localdate()).exists():
        rulebook(Organisation.objects.get(depth=1))
    today = timezone.localdate()
    on_file = state in {"filed", "recheck", "recheck_review", "recheck_decision"}
    case = register(
        place,
        applicant_name=token or "王建国",
        applied_on=today,
        authorised_on=today,
        account_holder="王建国",
        bank="江城银行",
        account="6222020000000000000",
        phone="13800000001",
        watch_until=today,
        is_open=state not in Case.OVER,
    )
    first, last = rules.window(today, 12)
    applicant = case.members.get()
    Income.objects.create(
        case=case, member=applicant, kind="wage", amount=0, first_month=first, last_month=last
    )
    for kind in ("authorisation", "identity"):
        file = StoredFile.objects.create(
            organisation=place,
            permission=Evidence.PERMISSION,
            name=f"{kind}.pdf",
            media_type="application/pdf",
            size=0,
            sha256="",
            content="missing",
        )
        Evidence.objects.create(case=case, kind=kind, file=file)
    Visit.objects.create(
        organisation=place, case=case, kind="check", round=1, held_on=today, finding="属实"
    )
    for rule in VetoRule.objects.all():
        case.veto_answers.create(round=1, rule=rule, is_met=False)
    for source in ("vehicles", "real_estate"):
        case.data_checks.create(
            round=1, source=source, answered_on=today, is_hit=False, verdict="consistent"
        )
    case.reviews.create(round=1, outcome="stay", note="已入户核实")
    if on_file:
        recognition(case, today)
    return case


def _proposes(outcome, **facts):
    """Puts a re-check on the way to an outcome."""

    def way(case):
        guarantees = {f"has_{name}": True for name in rules.GUARANTEES}
        case.reviews.update(outcome=outcome, **guarantees)
        Case.objects.filter(pk=case.pk).update(**facts)
        if outcome == "out":
            case.incomes.update(amount=Decimal("2000.00"))
            Case.objects.filter(pk=case.pk).update(declared_income=Decimal("24000.00"))

    return way


builds(
    Case,
    ways={
        "check": lambda case: Case.objects.filter(pk=case.pk).update(has_town_review=True),
        "check_past_town": lambda case: None,
        "keep": _proposes("stay"),
        "adjust": _proposes("stay", tier="relative"),
        "release": _proposes("out"),
        "hand_over": _proposes("handed_over"),
        "cancel": _proposes("deceased"),
    },
    approve=lambda case: {"level": "municipal"},
)(complete)


def populate(world):
    """Rows of 2021 at several levels of the city, some for every dataset of hardship."""
    rulebook(world.city)
    places = [world.city, world.district, world.town, world.own, world.child, world.foreign]
    endings = ["out", "handed_over", "deceased"]
    for number, place in enumerate(places):
        staying = register(place, level="national", is_migrant_worker=bool(number % 2))
        recognition(staying, f"2021-0{number + 1}-10")
        leaving = register(place, tier="relative", main_cause="laid_off")
        ending = endings[number % 3]
        recognition(leaving, "2020-05-01", f"2021-0{number + 2}-01", ending=ending)
        recognition(leaving, "2021-11-01", entry="reopened", tier="accident")
        for kind, source in [("study", "central"), ("job", "union"), ("medical", "donation")]:
            paid_grant(staying, f"2021-0{number + 3}-05", "0.29", kind=kind, source=source)
        paid_grant(leaving, "2020-12-31")
        Visit.objects.create(
            organisation=place,
            case=staying,
            kind="condolence",
            round=1,
            held_on=f"2021-0{number + 1}-20",
            finding="已慰问",
        )
    evaluator = UserFactory(organisation=world.city, role="evaluator")
    found = [("accurate", "wrongly_closed"), ("wrong", "unverifiable")]
    for number, place in enumerate(places):
        drawn = sample(place, evaluator)
        verdicts = found[number % 2]
        for case, verdict in zip(place_cases(place), verdicts, strict=True):
            evaluated(drawn, case, verdict, satisfaction="satisfied")
        evaluated(drawn, None, "missed")
        shut(drawn, f"2021-0{number + 4}-15")


def place_cases(place):
    """A household on file and one that left."""
    staying = register(place)
    recognition(staying, "2020-02-01")
    left = register(place)
    recognition(left, "2020-02-01", "2020-08-01", ending="out")
    return staying, left
