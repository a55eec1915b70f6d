"""The voucher book and the trial balance: every cent of the books, on two sides."""

import datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.jobs import run_now
from core.models import AuditEvent, Job, StoredFile
from core.periods import Period
from funds import ledger
from funds.models import Account, Distribution, JournalEntry, Posting
from funds.services import books

pytestmark = pytest.mark.django_db

Role = Account.Role


def booked(organisation, day, amount, payee=None):
    """An adjustment of so much, owed to a payee, on a day."""
    made = Distribution.objects.create(
        organisation=organisation, kind="adjustment", on=day, reason="期初应返"
    )
    amounts = {
        (Role.INCOME.value, None): Decimal(amount),
        (Role.RETURN.value, (payee or organisation).pk): -Decimal(amount),
    }
    books.enter(made, amounts, by=None)
    return made


def day(month, number=10):
    return datetime.date(2021, month, number)


@pytest.fixture
def keeper(world):
    return world.user("finance_checker")


def test_the_balance_opens_moves_and_closes(world, keeper):
    for month, amount in [(1, "100.10"), (2, "20.00"), (3, "3.33"), (4, "900.00")]:
        booked(world.city, day(month), amount)
    booked(world.city, day(3, 20), "-0.33")
    found = ledger.trial_balance(world.city, Period.months(2021, 2, 3), reader=keeper)
    income = Account.objects.get(role=Role.INCOME)
    (mine,) = [each for each in found if each.account == income.code]
    assert mine[2:] == tuple(map(Decimal, ("100.10", "23.33", "0.33", "123.10")))
    last = ledger.totals(found)
    assert (last.opening, last.closing) == (0, 0)
    assert last.debit == last.credit == Decimal("23.66")


def test_vouchers_are_numbered_by_month_and_keep_their_numbers(world, keeper):
    for each in (day(1), day(1, 20), day(2)):
        booked(world.city, each, "10.00")
    year = Period.year(2021)
    before = [(line.on, line.number) for line in ledger.lines(world.city, year, reader=keeper)]
    assert before[::2] == [(day(1), "记-1"), (day(1, 20), "记-2"), (day(2), "记-1")]
    booked(world.city, day(1, 2), "5.00")  # booked late
    after = [(line.on, line.number) for line in ledger.lines(world.city, year, reader=keeper)]
    assert set(before) < set(after)
    assert (day(1, 2), "记-3") in after


def test_nobody_reads_the_books_of_others(world):
    booked(world.foreign, day(1), "10.00")
    booked(world.own, day(2), "7.00")
    reader = world.user("finance_checker", world.district)
    year = Period.year(2021)
    found = ledger.trial_balance(world.city, year, reader=reader)
    assert ledger.totals(found).debit == 7
    seen = {line.organisation for line in ledger.lines(world.city, year, reader=reader)}
    assert seen == {str(world.own)}
    assert ledger.trial_balance(world.foreign, year, reader=reader) == []


def test_many_vouchers_cost_as_much_as_one(world, keeper):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            list(ledger.lines(world.city, Period.year(2021), reader=keeper))
            ledger.trial_balance(world.city, Period.year(2021), reader=keeper)
        return len(queries)

    booked(world.city, day(1), "10.00", world.own)
    assert keeper.grants  # read once a request
    one = asked()
    for month in range(2, 9):
        booked(world.city, day(month), "10.00", world.child)
    assert asked() == one


def test_the_book_has_every_posting_and_no_name_in_full(office, client):
    owed = office.owe(2, payee_name="欧阳静静")
    office.paid(owed)
    client.force_login(office.checker)
    posted = {"organisation": office.at.pk, "first": 1, "last": 12}
    posted["year"] = JournalEntry.objects.order_by("on").first().on.year
    answer = client.post(reverse("admin:funds_journalentry_voucher_book"), posted)
    job = Job.objects.get(kind="funds.voucher_book")
    assert answer.url == reverse("job", args=[job.pk])
    assert run_now(job).state == Job.State.DONE, job.error
    kept = StoredFile.objects.get(name__startswith="凭证簿")
    with kept.content.open() as stream:
        book = openpyxl.load_workbook(stream)
    lines = list(book["凭证"].iter_rows(min_row=2, values_only=True))
    mine = Posting.objects.filter(entry__on__year=posted["year"])
    assert len(lines) == mine.count()
    debit = sum(Decimal(str(line[7])) for line in lines if line[7])
    assert debit == sum(Decimal(str(line[8])) for line in lines if line[8])
    assert debit == sum(each.amount for each in mine if each.amount > 0)
    told = str(lines)
    assert "欧阳**" in told
    assert "欧阳静静" not in told
    assert {line[9] for line in lines} == {0, 1}
    last = list(book["科目余额表"].iter_rows(values_only=True))[-1]
    assert last[1] == "合计"
    assert last[3] == last[4]
    assert AuditEvent.objects.filter(action="funds.journalentry.export").count() == 1


def test_the_page_of_the_balance(world, keeper, client):
    booked(world.city, day(3), "1234.50")
    client.force_login(keeper)
    posted = {"organisation": world.city.pk, "year": 2021, "first": 3, "last": 3}
    address = reverse("admin:funds_journalentry_trial_balance")
    assert "1,234.50" in client.post(address, posted).content.decode()
    wrong = client.post(address, posted | {"last": 2}).content.decode()
    assert "截止月份不能早于起始月份" in wrong
    empty = client.post(reverse("admin:funds_journalentry_voucher_book"), posted | {"year": 2019})
    assert "所选期间没有凭证" in empty.content.decode()
