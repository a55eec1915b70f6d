"""Employers and their unions; the yearly return."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core.errors import NotPermitted, OutOfScope, Refused
from core.services import records
from members.models import Coverage, Employer, HeadcountReport
from members.services import unions
from tests.factories.members import credit_code, employer

DAY = datetime.date


def test_an_employer_is_unionised_once_even_when_its_union_changes(world):
    clerk = world.user("clerk")
    firm = employer(world.town)
    unions.cover(firm, union=world.sibling, since=DAY(2021, 3, 1), by=clerk)
    unions.cover(firm, union=world.own, since=DAY(2021, 9, 1), by=clerk)
    founding = Coverage.objects.unionised().get()
    assert (founding.organisation, founding.since) == (world.sibling, DAY(2021, 3, 1))
    assert Coverage.objects.in_force(DAY(2021, 8, 31)).get().organisation == world.sibling
    assert Coverage.objects.in_force(DAY(2021, 9, 1)).get().organisation == world.own
    with pytest.raises(Refused):
        unions.cover(firm, union=world.sibling, since=DAY(2021, 5, 1), by=clerk)
    assert not Employer.objects.covered(DAY(2021, 2, 28)).exists()
    assert Employer.objects.covered(DAY(2021, 3, 1)).exists()


def test_covering_is_scoped(world):
    local = world.user("clerk", world.district)
    with pytest.raises(OutOfScope):
        unions.cover(
            employer(world.foreign_town), union=world.foreign, since=DAY(2021, 3, 1), by=local
        )


@pytest.mark.parametrize("code", ["91330600MA0000015I", "91330600MA0000015M", "123"])
def test_wrong_credit_codes_are_refused(world, code):
    firm = Employer(
        organisation=world.town, name="乙厂", credit_code=code, ownership="170", industry="C"
    )
    with pytest.raises(ValidationError) as error:
        records.save(firm, by=world.user("clerk"))
    assert "credit_code" in error.value.message_dict


def test_credit_code_comes_into_its_one_form(world):
    code = credit_code()
    firm = Employer(
        organisation=world.town, name="乙厂", credit_code=code.lower(), ownership="170",
        industry="C",
    )  # fmt: skip
    records.save(firm, by=world.user("clerk"))
    assert Employer.objects.get().credit_code == code


def test_return_is_checked_submitted_accepted_by_the_right_people(world):
    chair = world.user("chair", world.own)
    report = HeadcountReport(organisation=world.own, year=2021, employees=10, members=12)
    with pytest.raises(ValidationError):
        records.save(report, by=chair)
    report.employees = 20
    records.save(report, by=chair)
    assert report.as_of == DAY(2021, 12, 31)
    unions.submit_headcount(report, by=chair)
    with pytest.raises(NotPermitted):
        unions.accept_headcount(report, by=chair)
    head = world.user("head", world.district)
    unions.return_headcount(report, reason="请补报女职工数", by=head)
    unions.submit_headcount(report, by=chair)
    unions.accept_headcount(report, by=head)
    report.refresh_from_db()
    assert (report.state, report.accepted_by) == (HeadcountReport.State.ACCEPTED, head)
    with pytest.raises(Refused):
        unions.submit_headcount(report, by=chair)
