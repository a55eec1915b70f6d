"""The demo city: what the generator makes up, and what the figures say of it once it is loaded."""

import datetime
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from stdnum.cn import uscc

from core.models import Organisation
from core.rules import certificates
from demo import accounts, needs, selections, studios
from demo.city import City
from demo.names import REGION
from demo.places import CITY, DISTRICTS, FREIGHT
from demo.rosters import GROUPS
from hardship.models import Case
from members.models.people import WorkerGroup
from members.rules import contacts, credit_codes, groups, names

pytestmark = pytest.mark.xdist_group("demo")  # made up once for all; the longest, begun first
TODAY = datetime.date(2026, 11, 20)
LABELS = {str(label): value for value, label in WorkerGroup.choices}


@pytest.fixture(scope="module")
def city():
    return City()


def digest(city):
    rows = chain(city.bodies, city.firms, city.members, vars(city.history).values())
    register = city.register
    old = chain(register.files, register.grants, register.visits, needs.live(city, TODAY))
    honoured = chain(city.honours.awards, city.honours.models)
    return hashlib.sha256("\n".join(map(repr, chain(rows, old, honoured))).encode()).hexdigest()


def test_the_same_seed_gives_the_same_city_in_any_process(city):
    command = "from tests.demo.test_city import *; print(digest(City()))"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    run = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {command}"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest(city)
    assert digest(City(seed=1)) != digest(city)


def test_city_has_the_size_of_a_city(city):
    levels = Counter(body.level for body in city.bodies)
    assert levels == {"市级": 1, "区县": 8, "乡镇（街道）": 48, "产业（系统）": 2, "基层": 541}
    assert 700 <= len(city.firms) <= 900
    assert len(city.members) == 50_000
    for rows in (city.bodies, city.firms, city.members):
        parts = [city.of_district(rows, code) for code in (CITY, *DISTRICTS)]
        assert all(parts)
        assert Counter(chain(*parts)) == Counter(rows), "each row has one clerk"


def test_numbers_are_nobodys_unique_and_right(city):
    numbers = [member.number for member in city.members]
    assert len(set(numbers)) == len(numbers)
    today = datetime.date(2021, 12, 31)
    for member in city.members:
        assert member.number.startswith(REGION)
        checked = certificates.resident_number(member.number, on=today)
        assert checked.value == member.number
        assert {"male": "男", "female": "女"}[checked.sex] == member.sex
        assert names.person_name(member.name).value == member.name
    phones = [row.phone for row in (*city.firms, *city.members) if row.phone]
    phones += [body.chair_phone for body in city.bodies]
    assert len(set(phones)) == len(phones)
    assert all(
        phone.startswith("154") and contacts.mobile(phone).value == phone for phone in phones
    )


def test_codes_are_unique_and_right(city):
    for of, codes in (
        ("employer", [firm.credit_code for firm in city.firms]),
        ("union", [body.union_code for body in city.bodies if body.union_code]),
    ):
        assert len(set(codes)) == len(codes)
        for code in codes:
            uscc.validate(code)
            assert credit_codes.credit_code(code, of=of).remarks == ()


def test_groups_are_counted_exactly(city):
    joined = Counter(
        member.worker_group for member in city.members if member.joined_on.year == 2021
    )
    wanted = Counter()
    for (group, _), count in GROUPS.items():
        wanted[group] += count
    assert {group: joined[group] for group in wanted} == wanted
    new_form = [m for m in city.members if LABELS.get(m.worker_group) in groups.NEW_FORM_GROUPS]
    assert len(new_form) == 33_000
    assert {member.joined_on.year for member in new_form} == {2021}
    assert {LABELS[group] for group in joined if group} >= groups.EIGHT_GROUPS
    assert sum(member.organisation.startswith(FREIGHT) for member in city.members) == 573
    left = {leave.number for leave in city.history.leaves}
    assert not left & {member.number for member in new_form}


def test_dates_are_possible(city):
    founded = {body.code: body.established_on for body in city.bodies}
    opened = {firm.credit_code: firm.opened_on for firm in city.firms}
    for body in city.bodies:
        assert body.parent is None or founded[body.parent] <= body.established_on
        assert body.established_on <= body.term_since < body.term_until
    for firm in city.firms:
        if firm.union:
            assert founded[firm.union] <= firm.covered_since
            assert firm.opened_on < firm.covered_since
    for member in city.members:
        born = datetime.datetime.strptime(member.number[6:14], "%Y%m%d").date()  # noqa: DTZ007
        assert founded[member.organisation] <= member.joined_on <= datetime.date(2021, 12, 31)
        assert (member.joined_on - born).days >= 18 * 365
        assert member.employer is None or opened[member.employer] <= member.joined_on
    joined = {member.number: member.joined_on for member in city.members}
    for leave in city.history.leaves:
        assert joined[leave.number] < leave.on
    for change in city.history.transfers:
        assert joined[change.number] < change.issued_on <= change.accepted_on
        assert founded[change.target] < change.accepted_on


def test_first_coverage_of_2021_is_that_of_the_freight_enterprises(city):
    first = [firm for firm in city.firms if firm.covered_since and firm.covered_since.year == 2021]
    assert len(first) == 17
    assert {firm.organisation for firm in first} == {FREIGHT}


def test_people_have_names_that_simple_fonts_lack(city):
    written = set("".join(member.name for member in city.members))
    assert set("堃喆镕赟玥昇珺翀䶮·") <= written


def test_the_old_register_is_of_members_and_of_new_people():
    city = City()
    members = {member.number: member for member in city.members}
    files = city.register.files
    live = needs.live(city, TODAY)
    families = [*(old.family for old in files), *(one.family for one in live)]
    people = [one.number for family in families for one in family.members]
    assert len(set(people)) == len(people), "nobody stands in two files"
    assert len({family.account for family in families}) == len(families)
    for family in families:
        assert members[family.applicant.number].organisation == family.organisation
        assert not members.keys() & {one.number for one in family.members[1:]}
    for old in files:
        assert members[old.head].joined_on < old.filed_on
        assert old.until is None or old.filed_on <= old.until
    filed = {old.head: old.filed_on for old in files}
    assert all(filed[grant.head] <= grant.paid_on for grant in city.register.grants)
    assert all(filed[visit.head] <= visit.held_on for visit in city.register.visits)


def test_files_of_these_days_reach_every_state():
    assert set(needs.STATES) == set(Case.State.values)


def test_an_installation_in_use_is_refused(world):
    with pytest.raises(CommandError, match="只能建在新装的系统中"):
        call_command("demo")


def test_production_is_refused(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="正式运行"):
        call_command("demo")
    assert not Organisation.objects.exists()


def test_passwords_belong_to_the_installation(settings):
    def passwords():
        return [account.password for account in accounts.ALL]

    here = passwords()
    assert len(set(here)) == len(here)
    assert passwords() == here
    settings.SECRET_KEY = "another installation's"
    assert not set(here) & set(passwords())


@pytest.fixture
def installation(tmp_path):
    """The environment of an installation of its own: a folder, on PostgreSQL also a database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "unionhub.settings",
        "PROFILE": "embedded",
        "DATA_DIR": str(tmp_path),
        "AUDIT_HEAD_FILE": str(tmp_path / "audit.head"),
        "REDIS_URL": "",
    }
    if connection.vendor != "postgresql":
        yield {**environment, "DATABASE_URL": ""}
        return
    server, name = urlsplit(os.environ["DATABASE_URL"]), f"demo_city_{os.getpid()}"
    link = psycopg2.connect(server._replace(path="/postgres").geturl())
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield {**environment, "DATABASE_URL": server._replace(path=f"/{name}").geturl()}
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    link.close()


FIGURES_OF_2021 = {
    "members.joined_new_form_workers": 33_000,
    "members.new_form_total": 33_000,
    "members.new_form_base": 48_530,
    "members.joined_freight": 573,
    "members.joined_groups": 8,
    "organisation.enterprises_unionised_new": 17,
    "organisation.federations_established": 2,
    "organisation.new_form_sectors": 8,
    "organisation.area_coverage": 100,
    "organisation.fiscal_appropriation_areas": 6,
    "organisation.congress_held": 5,
    "organisation.cadres_deployed": 212,
    "organisation.staffing_coverage": 100,
    "hardship.families_aided": 544,
    "hardship.study_job_amount": 1_930_000,
    "hardship.visits": 13_046,
    "hardship.registered_households": 1_470,
    "hardship.registered_national_old": 0,
    "hardship.exit_rate_national_old": 100,
    "hardship.aid_fund": 1_930_000,
    "funds.tax_collected": 86_200_000,
    "funds.target_completion": 107.75,
    "funds.micro_refund_amount": 7_150_000,
    "funds.micro_refund_units": 1_752,
    "funds.micro_refund_rate": 100,
    "funds.upper_remit_cut": 20,
    "funds.special_subsidy_upper": 5_560_000,
    "funds.special_subsidy_match": 560_000,
    "funds.chair_allowance": 92_400,
    "funds.chair_allowance_persons": 39,
    "organisation.chair_allowance_unions": 39,
    "welfare.cool_fund": 2_280_000,
    "welfare.epidemic_fund": 3_930_000,
    "honours.model_checkup_fund": 53_000,
    "honours.national_may1": 3,
    "honours.provincial_may1": 13,
    "honours.city_may1": 48,
    "honours.craftsmen": 11,
    "honours.master_tutors": 20,
    "honours.learning_workers": 30,
    "honours.most_beautiful_family": 29,
    "honours.most_beautiful_riders": 20,
    "honours.model_homes": 46,
    "honours.model_small_homes": 22,
    "honours.harmonious_enterprises": 116,
    "honours.works_awarded": 2,
    "honours.hardship_models": 161,
    "honours.hardship_models_amount": 2_603_400,
    "honours.models_visited": 121,
    "honours.models_visit_amount": 181_500,
    "honours.model_checkup_persons": 53,
    "competitions.reform_pilots": 30,
    "competitions.reform_pilot_towns": 10,
    "competitions.reform_pilot_firms": 20,
    "competitions.demo_projects": 3,
    "competitions.case_papers": 3,
    "organisation.commendation": 1,
    "competitions.studios": 22,
    "competitions.projects": 74,
    "competitions.units": 3_120,
    "competitions.persons": 404_872,
    "competitions.training_sessions": 1_134,
    "competitions.training_bases": 9,
    "competitions.innovation_results": 65,
}
# What stands where in the files and payments of the day of the building.
ASKED = """
import json
from django.db.models import Count
from competitions.models import SkillCertificate, Trainee
from core import workflow
from core.models import Objection, Publicity
from funds.models import Payable, PaymentBatch
from hardship.models import Alert, Case, Evidence, VetoAnswer
count = lambda rows: dict(rows.values_list("state").annotate(Count("pk")).order_by())
roads = [one for one in workflow.registry.values()
         if one.model._meta.app_label in ("honours", "competitions")]
print(json.dumps({
    "cases": count(Case.objects.filter(taken_over_on__isnull=True)),
    "running": dict(Publicity.objects.running().values_list("object_type")
                    .annotate(Count("pk")).order_by()),
    "payables": count(Payable.objects),
    "batches": count(PaymentBatch.objects),
    "walked": {one.label: sorted(count(one.model.objects)) for one in roads},
    "declared": {one.label: sorted(one.states) for one in roads},
    "learning": [Trainee.objects.count(), SkillCertificate.objects.count()],
    "objections": Objection.objects.count(),
    "alerts": Alert.objects.filter(settled_on__isnull=True).count(),
    "papers": Evidence.objects.count(),
    "exceptions": sorted(VetoAnswer.objects.filter(is_met=True)
                         .values_list("approved_by__username", flat=True), key=str),
}))
"""


@pytest.mark.timeout(900)
def test_loaded_city_has_the_figures_of_the_report(installation, city):
    """The whole demo in an installation of its own, asked through the commands that people use."""

    def manage(*arguments):
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=installation,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, f"{arguments}: {run.stdout[-2000:]} {run.stderr[-2000:]}"
        return run.stdout

    def figures(period):
        found = json.loads(manage("indicators", "--org", "JC", "--period", period, "--json"))
        return {figure["code"]: figure["value"] for figure in found}

    manage("migrate", "--verbosity", "0")
    told = manage("demo")
    before, now = figures("2020"), figures("2021")
    assert {code: now[code] for code in FIGURES_OF_2021} == FIGURES_OF_2021
    assert round(now["members.new_form_join_rate"]) == 68
    assert 49_000 < now["members.total"] < 51_000
    assert now["members.total"] == before["members.total"] + now["members.net_growth"]
    assert min(now["members.left_persons"], now["members.transferred_in"]) > 0
    for size in ("", "_100"):
        assert 70 < now[f"organisation.eligible_enterprises_unionised{size}"] < 100

    stock, growth = "hardship.registered_households", "hardship.net_growth"
    assert now[stock] == before[stock] + now[growth]
    tiers = ("deep", "relative", "accident")
    assert now[stock] == sum(now[f"hardship.registered_{tier}"] for tier in tiers)
    assert min(now["hardship.filed_households"], now["hardship.exited_households"]) > 0

    due, returned = now["funds.due_to_date"], now["funds.returned_to_date"]
    assert due == round(returned + now["funds.overdue_refund"] - now["funds.overpaid_refund"], 2)
    assert min(before["funds.overdue_refund"], now["funds.overdue_refund"]) > 0
    assert now["funds.overpaid_refund"] > 0

    found = json.loads(manage("shell", "--no-imports", "-c", ASKED))
    assert found["cases"] == needs.STATES
    assert found["running"] == {
        "hardship.Case": needs.STATES["publicity"],
        "honours.Studio": studios.RUNNING,
        "honours.Nomination": len(selections.RUNNING),
        "competitions.Competition": 1,
    }
    assert found["walked"] == found["declared"], "every state of every procedure has a row"
    contests = city.contests
    assert found["learning"] == [len(contests.trainees), len(contests.certificates)]
    assert min(found["learning"]) > 0
    asked_for, approved = found["exceptions"]
    assert asked_for is None
    assert approved in {"aid2", "aid4"}
    assert (found["objections"], found["alerts"]) == (1, needs.STATES["watch"])
    assert found["papers"] > 100
    assert set(found["batches"]) == {"settled", "checking", "sent"}
    assert set(found["payables"]) == {"waiting", "batched", "paid"}
    manage("reconcile", "--org", "JC")

    again = manage("demo")
    assert "没有改动" in again
    table = told.partition("账号（")[2]
    assert table
    assert table in again, "the same passwords are printed again"
    assert figures("2021") == now
    manage("audit", "verify")


def test_competitions_of_2021_are_what_the_report_tells(city):
    contests = city.contests
    events = [event for event in contests.events if event.year == 2021]
    heads = [row for row in contests.reports if row.year == 2021]
    assert len(events) == 74
    assert len({row.credit_code for row in heads}) == 3_120
    assert sum(row.headcount for row in heads) == 402_600
    assert sum(row.sessions for row in heads) == 2_046
    assert len({(row.event, row.number) for row in contests.entries}) == len(contests.entries)
    codes = [firm.credit_code for firm in (*city.firms, *city.payers.added, *contests.added)]
    assert len(set(codes)) == len(codes)
    assert not any(firm.union for firm in contests.added), "the figures of unions stay"
    assert sum(1 for one in contests.innovations if one.selected_on) == 65
    assert sum(1 for one in contests.bases if one.kind == "产业工人培训基地") == 9
