"""The arithmetic of payments, without a database."""

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.rules import bank_files, payments

LINE = payments.Line(
    number=1,
    reference="ZF0000000100001",
    payee="李梅",
    account="6222020200112233",
    bank="江城银行",
    amount=Decimal("924.00"),
    purpose="生活救助",
)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("6222 0202 0011 2233", "6222020200112233"),
        ("６２２２０２０２００１１２２３３", "6222020200112233"),
        ("123-456-789", "123456789"),
        ("1" * 32, "1" * 32),
    ],
)
def test_an_account_has_one_form(text, account):
    assert payments.account_number(text) == account


@pytest.mark.parametrize("text", ["", "12345678", "1" * 33, "62220202X0112233", "6.2E+15"])
def test_what_is_no_account_is_refused(text):
    with pytest.raises(payments.Invalid, match="9 至 32 位"):
        payments.account_number(text)


def test_the_check_digit_of_a_card_is_only_asked_of_cards():
    assert not payments.card_check_fails("6222020200112230")
    assert [
        digit for digit in "0123456789" if not payments.card_check_fails(f"622202020011223{digit}")
    ]
    assert payments.card_check_fails("6222000000000001")
    assert not payments.card_check_fails("1000000000000001"), "a passbook has none"
    assert not payments.card_check_fails("123456789"), "nor has the account of an employer"


@pytest.mark.parametrize("name", ["", " ", "=1+1", "@李梅", "李\n梅", "李,梅", "李\u200b梅", 'A"B'])
def test_a_name_that_would_break_the_file_is_refused(name):
    with pytest.raises(payments.Invalid):
        payments.payee_name(name)


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "江城市（甲）厂", "赵𤩽"])
def test_a_name_stays_as_it_is(name):
    assert payments.payee_name(f" {name} ") == name


@given(st.lists(st.decimals("0.01", "999999.99", places=2), max_size=40))
def test_totals_are_exact(amounts):
    totals = payments.Totals.of(amounts)
    assert payments.fen(totals.total) == sum(payments.fen(amount) for amount in amounts)
    assert payments.difference(totals, totals) == ""


def test_thirty_nine_chairs_get_what_was_granted_to_the_cent():
    totals = payments.Totals.of([Decimal("2369.23")] * 38 + [Decimal("2369.26")])
    assert str(totals) == "39 笔、92,400.00 元"


@pytest.mark.parametrize(
    "change",
    [
        {"payee": "李 梅"},
        {"account": "6222020200112234"},
        {"bank": "江城银行二"},
        {"amount": Decimal("924.01")},
        {"reference": "ZF0000000100002"},
    ],
)
def test_what_is_bound_differs_in_its_text(change):
    changed = dataclasses.replace(LINE, **change)
    assert payments.canonical(changed, "a") != payments.canonical(LINE, "a")
    assert payments.canonical(LINE, "b") != payments.canonical(LINE, "a")


def test_one_value_cannot_pass_for_another():
    sly = dataclasses.replace(LINE, payee="李梅\x1f6222020200112233", account="")
    assert payments.canonical(sly, "a") != payments.canonical(LINE, "a")


def test_an_amount_is_the_same_however_it_was_read():
    again = dataclasses.replace(LINE, amount=Decimal("924.0000"))
    assert payments.canonical(again, "a") == payments.canonical(LINE, "a")
    assert bank_files.spelled(Decimal("924.00"), "fen") == "92400"
