"""Working days: the table behind them, who keeps it, and how a period is counted."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from core import workflow, working_days
from core.models import AuditEvent, CalendarDay, Objection
from tests.factories.proceedings import build

pytestmark = pytest.mark.django_db


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("posted", "exclusive", "inclusive"),
    [
        ("2025-04-15", "2025-04-22", "2025-04-21"),
        ("2026-09-25", "2026-10-09", "2026-10-09"),  # itself a holiday; over National Day
        ("2026-09-30", "2026-10-13", "2026-10-12"),
        ("2026-02-12", "2026-02-26", "2026-02-25"),  # over Spring Festival
        ("2026-04-29", "2026-05-09", "2026-05-08"),  # ends on a worked Saturday
        ("2026-06-15", "2026-06-23", "2026-06-22"),
    ],
)
def test_five_working_days_end_as_published_notices_do(posted, exclusive, inclusive):
    assert working_days.last_of(day(posted), 5) == day(exclusive)
    assert working_days.last_of(day(posted), 5, includes_start=True) == day(inclusive)


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_published_year_has_its_working_days(year):
    """248 by the notices for both years."""
    first = datetime.date(year, 1, 1)
    days = [first + datetime.timedelta(days=number) for number in range(365)]
    assert sum(map(working_days.is_working, days)) == 248


def test_only_exceptions_are_stored_from_the_first_year_to_the_last_published():
    rows = list(CalendarDay.objects.all())
    assert {row.date.year for row in rows} == set(range(2004, 2027))
    assert all(row.is_working != (row.date.weekday() < 5) for row in rows)


def test_a_year_that_is_not_published_is_counted_by_weekdays_and_says_so():
    posted = day("2026-12-28")
    last = working_days.last_of(posted, 5)
    assert last == day("2027-01-04")  # New Year's Day is not known yet
    assert working_days.caution(posted, last).startswith("2027 年节假日安排尚未发布")
    assert working_days.caution(posted, day("2026-12-31"), None) == ""
    CalendarDay.objects.create(date="2027-01-01", is_working=False, name="元旦")
    assert working_days.last_of(posted, 5) == day("2027-01-05")
    assert working_days.caution(posted, last) == ""


ENTRY = {"date": "2027-01-01", "is_working": "False", "name": "元旦", "source": "国办发明电"}


def test_the_municipal_federation_enters_changes_and_removes_a_day(world, client):
    client.force_login(world.user("clerk"))
    client.post(reverse("admin:core_calendarday_add"), ENTRY)
    entered = CalendarDay.objects.get(date="2027-01-01")
    assert (entered.is_working, entered.name) == (False, "元旦")
    page = reverse("admin:core_calendarday_change", args=[entered.pk])
    client.post(page, ENTRY | {"date": "2027-01-04"})
    assert CalendarDay.objects.get(pk=entered.pk).date == day("2027-01-04")
    remove = reverse("admin:core_calendarday_remove", args=[entered.pk])
    client.post(remove, {"reason": "日期登记有误"})
    assert not CalendarDay.objects.filter(date__year=2027).exists()
    acts = AuditEvent.objects.filter(object_type="core.CalendarDay").values_list(
        "action", flat=True
    )
    assert [act.rpartition(".")[2] for act in acts.order_by("pk")] == ["add", "change", "remove"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"date": "2027-01-02"}, "2027-01-02 是星期六，本来就休息"),
        ({"is_working": "True"}, "2027-01-01 是星期五，本来就上班"),
        ({"date": "2026-10-01"}, "该日期已经登记"),
    ],
)
def test_what_is_no_exception_is_told(world, client, changed, said):
    client.force_login(world.user("clerk"))
    page = client.post(reverse("admin:core_calendarday_add"), ENTRY | changed)
    assert said in page.content.decode()
    assert not CalendarDay.objects.filter(date__year=2027).exists()


def test_districts_read_the_calendar_and_leave_it_alone(world, client):
    client.force_login(world.user("clerk", world.district))
    assert "国庆节" in client.get(reverse("admin:core_calendarday_changelist")).content.decode()
    assert client.post(reverse("admin:core_calendarday_add"), ENTRY).status_code == 403
    known = CalendarDay.objects.get(date="2026-10-01")
    page = reverse("admin:core_calendarday_change", args=[known.pk])
    assert client.post(page, ENTRY).status_code == 403
    remove = reverse("admin:core_calendarday_remove", args=[known.pk])
    assert client.post(remove, {"reason": "日期登记有误"}).status_code == 403
    assert CalendarDay.objects.get(pk=known.pk).date == day("2026-10-01")


def test_first_pages_and_steps_say_when_a_deadline_is_uncertain(world, client):
    user = world.user("aid_reviewer")
    with time_machine.travel("2026-12-28T10:00+08:00", tick=False):
        row = build(Objection, world.own, "received")
        step = workflow.registry[Objection].transitions["investigate"]
        row = workflow.apply(row, "investigate", by=user)
        assert row.due_on == day("2027-01-04")
        sentence = "2027 年节假日安排尚未发布"
        assert sentence in workflow.sentence(row, step)
        client.force_login(user)
        for page in (reverse("admin:index"), reverse("home")):
            assert sentence in client.get(page).content.decode()
