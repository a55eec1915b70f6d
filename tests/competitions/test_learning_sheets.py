"""参训人员 and 技能等级证书 as tables: whom they take, and whom they leave out."""

import datetime
import io

import pytest

from competitions.models import SkillCertificate, Trainee
from core.indicators import compute
from core.jobs import run_now
from core.periods import Period
from core.sheets import imports
from tests.factories import competitions as contests

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 3, 10)
TRAINEES = "举办工会,培训名称,开始日期,姓名,证件号码"
CERTIFICATES = "姓名,证件号码,职业（工种）,技能等级,证书编号,发证机构,发证日期"


@pytest.fixture
def clerk(world):
    return world.user("competitions_clerk", at=world.own)


@pytest.fixture
def training(world):
    return contests.training(world.own, title="焊工班", held_on=DAY)


def bring(sheet, heading, *rows, world, by):
    """The import, and what is wrong with its rows."""
    content = io.BytesIO("\r\n".join([heading, *rows]).encode("gb18030"))
    options = {"sheet": sheet, "organisation": world.own, "by": by, "send": False}
    made = imports.start(content, name="名册.csv", **options)
    run_now(made.job)
    made.refresh_from_db()
    told = imports.summary(made)["errors"]
    return made, [(error["column"], error["code"]) for error in told]


def of(member, name=None):
    return f"{name or member.person.name},{member.person.certificate_number.clear()}"


def trainee(member, place, title="焊工班", name=None):
    return f"{place.code},{title},{DAY},{of(member, name)}"


def certificate(member, number="S2021000001", issuer="鉴定中心"):
    return f"{of(member)},焊工,高级工,{number},{issuer},2021-06-30"


def test_named_trainees_are_counted_beside_the_reported_heads(world, clerk, training):
    people = [contests.member(world.own), contests.member(world.child)]
    rows = [trainee(one, world.own) for one in people]
    made, wrong = bring("trainees", TRAINEES, *rows, world=world, by=clerk)
    assert (made.created, wrong) == (2, [])
    codes = ["competitions.trainee_person_times", "competitions.training_person_times"]
    figures = compute(codes, organisation=world.own, period=Period.year(2021))
    assert [int(figure.value) for figure in figures] == [2, 2 + training.headcount]


def test_who_is_called_otherwise_unknown_or_in_no_training_stays_out(world, clerk, training):
    member, stranger = contests.member(world.own), contests.member(world.foreign)
    rows = [
        trainee(member, world.own, name="赵静"),
        trainee(stranger, world.own),
        trainee(member, world.own, title="电工班"),
    ]
    _, wrong = bring("trainees", TRAINEES, *rows, world=world, by=clerk)
    assert wrong == [
        ("姓名", "other_name"),
        ("证件号码", "unknown_member"),
        ("培训名称", "unknown_training"),
    ]
    assert not Trainee.objects.exists()


def test_a_certificate_is_put_right_by_the_next_table(world, clerk):
    member = contests.member(world.own)
    bring("skill_certificates", CERTIFICATES, certificate(member), world=world, by=clerk)
    row = certificate(member, number="S2021000009", issuer="人社局")
    made, _ = bring("skill_certificates", CERTIFICATES, row, world=world, by=clerk)
    kept = SkillCertificate.objects.get()
    assert (made.created, made.updated) == (0, 1)
    assert (kept.organisation, kept.number.clear(), kept.issuer, kept.grade) == (
        world.own, "S2021000009", "人社局", "senior",
    )  # fmt: skip


def test_a_certificate_that_another_union_entered_is_not_written_over(world, clerk):
    member = contests.member(world.own)
    kept = contests.certificate(world.foreign, person=member.person)
    _, wrong = bring("skill_certificates", CERTIFICATES, certificate(member), world=world, by=clerk)
    assert wrong == [("证件号码", "elsewhere")]
    assert SkillCertificate.objects.get() == kept
