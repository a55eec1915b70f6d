"""Lists of very many members: what they ask, in which order they come, how they are drawn."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.views import CappedPaginator
from members.models import Membership, Person
from tests.factories.members import membership, person, resident_number

pytestmark = pytest.mark.django_db
PAGE = 50


def enrol(organisation, count, *, first=0, name="王建国", **fields):
    """Many members of one union, oldest first; what the services would audit is left out."""
    people = [person(name, resident_number(first + place)) for place in range(count)]
    for one in people:
        one.clean()
    Person.objects.bulk_create(people)
    rows = [membership(organisation, person=one, **fields) for one in people]
    return Membership.objects.bulk_create(rows)


@pytest.fixture
def clerk(world, client):
    user = world.user("clerk", world.district)
    client.force_login(user)
    return user


def answer(client, **asked):
    return client.get(reverse("admin:members_membership_changelist"), asked)


def listed(client, **asked):
    """The keys of the rows on the page, from top to bottom."""
    page = answer(client, **asked).content.decode()
    return [int(key) for key in re.findall(r"/membership/(\d+)/change/", page)]


def queries(client, **asked):
    answer(client, **asked)
    with CaptureQueriesContext(connection) as found:
        assert answer(client, **asked).status_code == 200
    return len(found)


def test_ten_rows_and_a_thousand_take_the_same_queries(client, clerk, world):
    enrol(world.own, 10)
    ten = queries(client)
    enrol(world.own, 1_000, first=10)
    assert queries(client) == ten
    assert queries(client, p=3) == ten
    assert queries(client, q="wjg") == ten
    assert "超过 1000 条会员" in answer(client).content.decode()


# Past the foreign rows: no step, some rows and then far enough, all the rows at once.
@pytest.mark.parametrize("walk", [1, 3, 100])
def test_newest_come_first_however_far_down_they_lie(client, clerk, world, monkeypatch, walk):
    """Also where the newest rows of the register are all out of scope."""
    monkeypatch.setattr(CappedPaginator, "WALK", walk)
    own = [row.pk for row in enrol(world.own, 1_010)]
    enrol(world.foreign, 120, first=2_000)
    newest = own[::-1]
    assert listed(client) == newest[:PAGE]
    assert listed(client, p=2) == newest[PAGE : 2 * PAGE]
    assert listed(client, p=20) == newest[19 * PAGE : 20 * PAGE]


def test_a_list_goes_on_behind_its_last_page(client, clerk, world):
    own = [row.pk for row in enrol(world.own, 1_070)][::-1]
    enrol(world.foreign, 120, first=2_000)
    assert "接着列出后面的" not in answer(client).content.decode()
    cl = answer(client, state="current", p=20).context_data["cl"]
    assert cl.onward == f"?after={own[999]}&state=current"
    ways = answer(client, state="current", after=own[999]).content.decode()
    assert f'href="?after={own[999]}&amp;p=2&amp;state=current"' in ways
    assert 'href="?state=current">从头列出' in ways
    assert 'href="?state=left"' in ways  # another filter begins anew, and so does a search
    assert 'name="after"' not in ways
    assert 'name="p"' not in answer(client, state="current", p=2).content.decode()
    assert listed(client, state="current", after=own[999]) == own[1000:1050]
    assert listed(client, state="current", after=own[999], p=2) == own[1050:]
    assert listed(client, after="1e3") == own[:PAGE]


def test_those_who_left_come_newest_first_below_many_who_stayed(client, clerk, world, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "WALK", 1)
    left = {"left_on": datetime.date(2024, 5, 1), "leave_reason": "quit"}
    wanted = [row.pk for row in enrol(world.own, 1_001, **left)][::-1]
    enrol(world.own, 60, first=2_000)
    assert listed(client, state="left") == wanted[:PAGE]
    assert listed(client, state="left", p=2) == wanted[PAGE : 2 * PAGE]


def test_few_among_many_are_found_and_sorted(client, clerk, world):
    early = enrol(world.own, 3, name="欧阳娜")
    enrol(world.foreign, 2, first=10, name="欧阳娜")
    enrol(world.own, 1_001, first=20)
    wanted = [row.pk for row in early]
    assert listed(client, q="欧阳") == wanted[::-1]
    assert listed(client, q="ouyang") == wanted[::-1]
    by_day = answer(client).context_data["cl"].list_display.index("joined_on")
    assert sorted(listed(client, q="欧阳", o=by_day)) == wanted
    assert listed(client, q="没有的人") == []


def test_portal_lists_are_paged_alike(rf, world):
    """The same paginator, in any order."""
    rows = [row.pk for row in enrol(world.own, 60)]
    for order, wanted in (("id", rows), ("-id", rows[::-1]), ("joined_on", None)):
        pages = CappedPaginator(Membership.objects.order_by(order), 40)
        found = [row.pk for row in pages.page(2).object_list]
        assert len(found) == 20
        after = CappedPaginator(Membership.objects.order_by(order), 40, after=str(rows[9]))
        if wanted:
            assert found == wanted[40:]
            behind = wanted[wanted.index(rows[9]) + 1 :]
            assert [row.pk for row in after.page(1).object_list] == behind[:40]
        else:
            assert after.count == 60


def test_cells_are_escaped_and_lead_back_to_the_list(client, clerk, world):
    [row] = enrol(world.own, 1)
    Person.objects.update(name='<b>"王"', phone=None)
    page = answer(client, state="current").content.decode()
    assert "&lt;b&gt;&quot;王&quot;" in page
    assert "<b>" not in page
    assert f'/membership/{row.pk}/change/?_changelist_filters=state%3Dcurrent"' in page
    assert re.search(r'<td class="field-phone [^"]*" data-label="手机号">—</td>', page)
    assert re.search(r'<td class="field-joined_on [^"]*nowrap" data-label="入会日期">2020', page)
