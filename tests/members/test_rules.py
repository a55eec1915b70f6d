"""The worked examples of the register's codes, names, dates, thresholds and head counts."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import uscc

from core.rules import Invalid, certificates
from members.rules import committees, contacts, credit_codes, dates, groups, headcounts, names

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("number", ["330600199003079990", "330600199003079991", "13800000001"])
@pytest.mark.parametrize(
    "check",
    [
        credit_codes.credit_code,
        dates.parse_date,
        names.person_name,
        lambda text: certificates.permit_number(text, on=TODAY),
        lambda text: certificates.foreigner_number(text, on=TODAY),
    ],
)
def test_a_number_in_the_wrong_column_is_not_shown(number, check):
    with pytest.raises(Invalid) as refusal:
        check(number)
    assert number not in refusal.value.message


def test_representations_hold_no_personal_data():
    shown = repr(certificates.resident_number("330600199003079990", on=TODAY))
    assert "19900307" not in shown
    assert "1990" not in shown
    assert "13800000001" not in repr(contacts.mobile("13800000001"))


def test_age_counts_full_years():
    assert dates.age(date(1990, 3, 7), date(2021, 3, 6)) == 30
    assert dates.age(date(1990, 3, 7), date(2021, 3, 7)) == 31
    assert dates.age(date(2000, 2, 29), date(2021, 2, 28)) == 20
    assert dates.age(date(2000, 2, 29), date(2021, 3, 1)) == 21


@pytest.mark.parametrize(
    ("code", "of"),
    [
        ("81330600MC0000012J", "union"),
        ("81330602MC00002A9R", "union"),
        ("91330600MA0000015N", "employer"),
        ("91350100M000100Y43", "employer"),
    ],
)
def test_credit_code_of_the_right_kind(code, of):
    checked = credit_codes.credit_code(code, of=of)
    assert (checked.value, checked.mended, checked.remarks) == (code, False, ())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("81330600MC0000012K", "credit_code_check"),
        ("81330600MC0009012J", "credit_code_check"),
        ("81330600IC0000012J", "credit_code_letters"),
        ("81330600OC0000012J", "credit_code_letters"),
        ("81330600SC0000012J", "credit_code_letters"),
        ("81330600VC0000012J", "credit_code_letters"),
        ("81330600ZC0000012J", "credit_code_letters"),
        ("8133A600MC0000012J", "credit_code_region"),
        ("81330600MC0000012", "credit_code_length"),
        ("9.13306E+17", "number_scientific"),
    ],
)
def test_credit_code_refuses(code, error):
    with pytest.raises(Invalid) as refusal:
        credit_codes.credit_code(code)
    assert refusal.value.code == error


def test_credit_code_is_mended_and_suggested():
    assert credit_codes.credit_code("８1330600-mc000001-2j ").value == "81330600MC0000012J"
    with pytest.raises(Invalid) as refusal:
        credit_codes.credit_code("81330600MC0000012K")
    assert refusal.value.suggestion == "81330600MC0000012J"


@pytest.mark.parametrize(
    ("code", "of", "remark"),
    [
        ("91330600MA0000015N", "union", "credit_code_not_union"),
        ("81330600MC0000012J", "employer", "credit_code_of_union"),
    ],
)
def test_credit_code_of_the_other_kind_is_remarked_on(code, of, remark):
    assert [found.code for found in credit_codes.credit_code(code, of=of).remarks] == [remark]


def test_inner_check_character_is_only_remarked_on():
    body = "81330600MC0000013"
    checked = credit_codes.credit_code(body + uscc.calc_check_digit(body))
    assert [found.code for found in checked.remarks] == ["credit_code_inner_check"]


@pytest.mark.parametrize(
    "written",
    ["13800000001", "138 0000 0001", "138-0000-0001", "+8613800000001", "+86 138-0000-0001",
     "008613800000001", "１３８００００００01", "8613800000001", "13800000001.0"],
)  # fmt: skip
def test_mobile(written):
    assert contacts.mobile(written).value == "13800000001"


@pytest.mark.parametrize("written", ["12800000001", "1380000000", "138000000011", "", "0575-8512"])
def test_mobile_refuses(written):
    with pytest.raises(Invalid) as refusal:
        contacts.mobile(written)
    assert refusal.value.code == "mobile_form"


def test_landline_is_free_with_a_remark():
    assert contacts.landline("0575-85123456").remarks == ()
    assert contacts.landline("（0575）85123456").value == "(0575)85123456"
    assert [r.code for r in contacts.landline("总机转办公室").remarks] == ["landline_form"]


def test_bank_account_checks_a_card_only_in_a_remark():
    card = contacts.bank_account("6222 0212 3456 7890 128", personal=True)
    assert (card.value, card.mended) == ("6222021234567890128", True)
    right = "622202123456789012" + luhn.calc_check_digit("622202123456789012")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert contacts.bank_account(right, personal=True).remarks == ()
    assert [r.code for r in contacts.bank_account(wrong, personal=True).remarks] == ["card_check"]
    assert contacts.bank_account("1211012009000123456", personal=False).remarks == ()
    with pytest.raises(Invalid) as refusal:
        contacts.bank_account("12345678", personal=False)
    assert refusal.value.code == "account_form"


def test_postcode():
    assert contacts.postcode("312000").value == "312000"
    with pytest.raises(Invalid):
        contacts.postcode("31200")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("张伟", "张伟"),
        ("王 伟", "王伟"),
        (" 欧阳锋\u3000", "欧阳锋"),
        ("阿不都·热合曼", "阿不都·热合曼"),
        ("阿不都•热合曼", "阿不都·热合曼"),
        ("阿不都．热合曼", "阿不都·热合曼"),
        ("张䶮", "张䶮"),
        ("李㛃", "李㛃"),
        ("王𬀩", "王𬀩"),
        ("堃喆", "堃喆"),
    ],
)
def test_person_name(written, value):
    checked = names.person_name(written)
    assert (checked.value, checked.mended) == (value, written != value)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("张", "name_length"),
        ("", "name_length"),
        ("张" * 51, "name_length"),
        ("张伟1", "name_characters"),
        ("张伟（男）", "name_characters"),
        ("·张伟", "name_characters"),
        ("张?", "name_lost_character"),
        ("张？", "name_lost_character"),
        ("张\ufffd", "name_lost_character"),
        ("张\ue864", "name_private_character"),
        ("Zhang Wei", "name_characters"),
    ],
)
def test_person_name_refuses(written, code):
    with pytest.raises(Invalid) as refusal:
        names.person_name(written)
    assert refusal.value.code == code


def test_foreign_names_may_be_in_letters():
    assert names.person_name("  Anna  María O'Neill ", foreign=True).value == "Anna María O'Neill"
    assert names.person_name("安娜", foreign=True).value == "安娜"


@pytest.mark.parametrize(
    "written",
    ["2021-3-5", "2021-03-05", "2021/03/05", "2021/3/5", "2021.3.5", "2021。3。5", "20210305",
     "20210305.0", "2021年3月5日", "2021年03月05日", "2021 年 3 月 5 日", "2021年3月5",
     "２０２１－０３－０５", "2021—3—5", "2021-03-05 00:00:00", "2021-03-05T08:30:00", "44260",
     "44260.0", "44260.5", "二〇二一年三月五日", "二○二一年三月五日", " 2021-3-5\u3000"],
)  # fmt: skip
def test_parse_date(written):
    assert dates.parse_date(written) == date(2021, 3, 5)


def test_parse_date_in_chinese_numerals():
    assert dates.parse_date("一九九九年十二月三十一日") == date(1999, 12, 31)
    assert dates.parse_date("二〇二〇年十月二十日") == date(2020, 10, 20)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "date_empty"),
        ("  ", "date_empty"),
        ("2021年3月", "date_month_only"),
        ("2021-03", "date_month_only"),
        ("2021.3", "date_month_only"),
        ("202103", "date_month_only"),
        ("二〇二一年三月", "date_month_only"),
        ("2021", "date_year_only"),
        ("2021年", "date_year_only"),
        ("21-3-5", "date_short_year"),
        ("21年3月5日", "date_short_year"),
        ("210305", "date_short_year"),
        ("3/5/21", "date_short_year"),
        ("3/5/2021", "date_order"),
        ("2021-2-29", "date_impossible"),
        ("2021-13-1", "date_impossible"),
        ("20211332", "date_impossible"),
        ("0001-01-01", "date_range"),
        ("9999-12-31", "date_range"),
        ("去年", "date_form"),
        ("2021-3-5至今", "date_form"),
        ("12021-3-5", "date_form"),
    ],
)
def test_parse_date_refuses(written, code):
    with pytest.raises(Invalid) as refusal:
        dates.parse_date(written)
    assert refusal.value.code == code


@given(st.text(max_size=12))
def test_parse_date_never_fails_otherwise(text):
    with suppress(Invalid):
        assert isinstance(dates.parse_date(text), date)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_identifiers_never_fail_otherwise(text):
    for check in (
        contacts.mobile,
        credit_codes.credit_code,
        names.person_name,
        certificates.passport_number,
    ):
        with suppress(Invalid):
            assert check(text).value


def test_law_counts_members_and_the_campaign_employees():
    assert [committees.must_form_committee(members) for members in (24, 25)] == [False, True]
    assert [committees.should_unionise(employees) for employees in (24, 25)] == [False, True]
    assert [committees.needs_women_committee(women) for women in (9, 10)] == [False, True]
    assert [committees.may_use_delegates(members) for members in (99, 100)] == [False, True]


@pytest.mark.parametrize(
    ("members", "seats"),
    [
        (0, (3, 5)),
        (24, (3, 5)),
        (25, (3, 7)),
        (200, (3, 7)),
        (201, (7, 15)),
        (1_000, (7, 15)),
        (1_001, (15, 21)),
        (5_001, (21, 29)),
        (10_001, (29, 37)),
        (50_000, (29, 37)),
        (50_001, (37, 45)),
    ],
)
def test_committee_seats(members, seats):
    assert committees.committee_seats(members) == seats


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2020, 3, 5), 3, date(2023, 3, 5)),
        (date(2020, 3, 5), 5, date(2025, 3, 5)),
        (date(2020, 2, 29), 3, date(2023, 2, 28)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
    ],
)
def test_term_end(start, years, end):
    assert committees.term_end(start, years) == end
    assert not committees.is_term_overdue(end, on=end)
    assert committees.is_term_overdue(end, on=date.fromordinal(end.toordinal() + 1))


def test_term_reminders():
    assert committees.term_reminders(date(2026, 12, 31)) == (
        date(2026, 7, 4),
        date(2026, 10, 2),
        date(2026, 12, 1),
    )


@pytest.mark.parametrize(
    ("counts", "options", "codes"),
    [
        ({"employees": 30, "members": 30, "members_women": 12}, {}, []),
        ({"employees": 30, "members": 31}, {}, ["headcount_members"]),
        ({"employees": 30, "members": 31}, {"covers_new_form": True}, []),
        ({"employees": 30, "members": 31}, {"covers_retired": True}, []),
        ({"employees": 30, "employees_women": 31}, {}, ["headcount_part"]),
        ({"members": 5, "members_new_form": 6}, {"covers_new_form": True}, ["headcount_part"]),
        ({"members": 5, "employees": None}, {}, []),
        ({"members": -1}, {}, ["headcount_negative"]),
        ({"employees_women": 3, "members_women": 4}, {}, ["headcount_members"]),
    ],
)
def test_headcount_contradictions(counts, options, codes):
    found = headcounts.headcount_contradictions(counts, **options)
    assert [remark.code for remark in found] == codes


def test_headcount_contradiction_names_both_counts():
    (found,) = headcounts.headcount_contradictions({"employees": 30, "members": 31})
    assert found.message == "会员总数 31 人大于职工总数 30 人，请核对。"


def test_code_lists_are_whole():
    assert len(groups.EIGHT_GROUPS) == 8
    assert not groups.ENTERPRISE_OWNERSHIPS & {"400", "500", "600", "700"}
    assert {
        "truck_driver",
        "courier",
        "food_courier",
    } == groups.EIGHT_GROUPS & groups.NEW_FORM_GROUPS
