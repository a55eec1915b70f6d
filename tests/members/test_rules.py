"""The worked examples of the register's identifiers, dates, thresholds and head counts."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import masking
from members import rules
from members.rules import Invalid

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("number", "sex", "birth"),
    [
        ("330600199003079990", "male", date(1990, 3, 7)),
        ("330600199003079982", "female", date(1990, 3, 7)),
        ("33060019790815997X", "male", date(1979, 8, 15)),
        ("330600200002299997", "male", date(2000, 2, 29)),
        ("11010519491231002X", "female", date(1949, 12, 31)),
    ],
)
def test_resident_number_tells_birth_and_sex(number, sex, birth):
    checked = rules.resident_number(number, on=TODAY)
    assert (checked.value, checked.mended, checked.remarks) == (number, False, ())
    assert (checked.sex, checked.birth_date) == (sex, birth)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("330600199003079991", "resident_number_check"),
        ("330060199003079990", "resident_number_check"),  # neighbours swapped in the region
        ("330600199030709990", "resident_number_date"),  # neighbours swapped: month 30
        ("330600199902299997", "resident_number_date"),  # passes the check character
        ("330600199002309993", "resident_number_date"),  # passes the check character
        ("330600900307999", "resident_number_legacy"),
        ("33060019900307999", "resident_number_length"),
        ("3306001990030799900", "resident_number_length"),
        ("", "resident_number_length"),
        ("33060019900307999A", "resident_number_form"),
        ("X30600199003079990", "resident_number_form"),
        ("³30600199003079990", "resident_number_form"),  # a digit to Python, not to the standard
        ("990600199003079990", "resident_number_region"),
        ("330600189912319990", "resident_number_date"),
        ("330600202611229990", "resident_number_future"),
        ("3.30600199003079E+17", "number_scientific"),
        ("330600197908159000", "number_rounded"),
    ],
)
def test_resident_number_refuses(number, code):
    with pytest.raises(Invalid) as refusal:
        rules.resident_number(number, on=TODAY)
    assert refusal.value.code == code


def test_swapped_region_of_the_handbook_is_caught():
    with pytest.raises(Invalid) as refusal:
        rules.resident_number("336000199003079990", on=TODAY)
    assert refusal.value.code == "resident_number_check"


def test_a_birth_today_is_no_birth_in_the_future():
    number = "33060020261121999"
    number += rules.ric.calc_check_digit(number + "0")
    assert rules.resident_number(number, on=TODAY).birth_date == TODAY


@pytest.mark.parametrize(
    "written",
    [
        "33060019790815997x",
        " 33060019790815997X",
        "３３０６００１９７９０８１５９９７ｘ",
        "330600 19790815 997X",
        "330600\u300019790815\u00a0997X\u200b",
    ],
)
def test_resident_number_is_mended(written):
    checked = rules.resident_number(written, on=TODAY)
    assert (checked.value, checked.mended) == ("33060019790815997X", True)


def test_a_wrong_check_character_suggests_the_right_one_and_shows_no_clear_number():
    with pytest.raises(Invalid) as refusal:
        rules.resident_number("330600199003079991", on=TODAY)
    assert refusal.value.suggestion == "330600199003079990"
    assert "3306**********9991" in refusal.value.message
    assert "19900307" not in refusal.value.message


def test_a_rounded_number_that_passes_the_check_is_remarked_on():
    rounded = next(
        number
        for day in range(1, 29)
        if (number := f"330600199003{day:02}0000")[-1] == rules.ric.calc_check_digit(number)
    )
    checked = rules.resident_number(rounded, on=TODAY)
    assert [remark.code for remark in checked.remarks] == ["number_perhaps_rounded"]


@pytest.mark.parametrize("number", ["330600199003079990", "330600199003079991", "13800000001"])
@pytest.mark.parametrize(
    "check",
    [
        rules.credit_code,
        rules.parse_date,
        rules.person_name,
        lambda text: rules.permit_number(text, on=TODAY),
        lambda text: rules.foreigner_number(text, on=TODAY),
    ],
)
def test_a_number_in_the_wrong_column_is_not_shown(number, check):
    with pytest.raises(Invalid) as refusal:
        check(number)
    assert number not in refusal.value.message


def test_representations_hold_no_personal_data():
    shown = repr(rules.resident_number("330600199003079990", on=TODAY))
    assert "19900307" not in shown
    assert "1990" not in shown
    assert "13800000001" not in repr(rules.mobile("13800000001"))


def _with_check(seventeen: str) -> str:
    return seventeen + rules.ric.calc_check_digit(seventeen + "0")


@pytest.mark.parametrize("start", ["810000", "820000", "830000"])
def test_permit_numbers_are_built_like_resident_numbers(start):
    number = _with_check(start + "19850612" + "998")
    assert rules.permit_number(number, on=TODAY).sex == "female"
    assert rules.resident_number(number, on=TODAY).birth_date == date(1985, 6, 12)


def test_permit_number_refuses_a_resident_number():
    with pytest.raises(Invalid) as refusal:
        rules.permit_number("330600199003079990", on=TODAY)
    assert refusal.value.code == "permit_number_region"


def test_foreigner_number_takes_both_forms():
    new = _with_check("911156" + "19850612" + "999")
    assert rules.foreigner_number(new, on=TODAY).birth_date == date(1985, 6, 12)
    assert rules.foreigner_number("usa110085061215", on=TODAY).value == "USA110085061215"
    with pytest.raises(Invalid) as refusal:
        rules.foreigner_number("330600199003079990", on=TODAY)
    assert refusal.value.code == "foreigner_number_start"


def test_passport_number():
    assert rules.passport_number("e1234 5678").value == "E12345678"
    with pytest.raises(Invalid) as refusal:
        rules.passport_number("护照1234567")
    assert refusal.value.code == "passport_number_form"


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("resident", "33060019790815997x"),
        ("permit", _with_check("81000019850612998")),
        ("foreigner", "USA110085061215"),
        ("passport", "E12345678"),
    ],
)
def test_certificate_number_goes_by_its_kind(kind, written):
    assert rules.certificate_number(kind, written, on=TODAY).value == written.upper()
    with pytest.raises(Invalid):
        rules.certificate_number(kind, "护照", on=TODAY)


def test_certificate_of_no_kind_is_a_mistake_of_the_caller():
    with pytest.raises(LookupError):
        rules.certificate_number("seal", "1", on=TODAY)


def test_what_is_typed_beside_a_number_agrees_with_it():
    number = rules.resident_number("330600199003079990", on=TODAY)
    rules.agree_with_number(number, sex="male", birth_date=date(1990, 3, 7))
    rules.agree_with_number(number, sex=None, birth_date=None)
    rules.agree_with_number(rules.passport_number("E12345678"), sex="male", birth_date=TODAY)
    with pytest.raises(Invalid) as refusal:
        rules.agree_with_number(number, sex="female", birth_date=None)
    assert refusal.value.code == "sex_mismatch"
    with pytest.raises(Invalid) as refusal:
        rules.agree_with_number(number, sex=None, birth_date=date(1990, 7, 3))
    assert refusal.value.code == "birth_date_mismatch"


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16))
def test_any_single_wrong_digit_is_refused(birth, sequence, position):
    right = _with_check(f"330600{birth:%Y%m%d}{sequence:03}")
    assert rules.resident_number(right, on=TODAY).birth_date == birth
    wrong = right[:position] + str((int(right[position]) + 1) % 10) + right[position + 1 :]
    with pytest.raises(Invalid):
        rules.resident_number(wrong, on=TODAY)


def test_age_counts_full_years():
    assert rules.age(date(1990, 3, 7), date(2021, 3, 6)) == 30
    assert rules.age(date(1990, 3, 7), date(2021, 3, 7)) == 31
    assert rules.age(date(2000, 2, 29), date(2021, 2, 28)) == 20
    assert rules.age(date(2000, 2, 29), date(2021, 3, 1)) == 21


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
    checked = rules.credit_code(code, of=of)
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
        rules.credit_code(code)
    assert refusal.value.code == error


def test_credit_code_is_mended_and_suggested():
    assert rules.credit_code("８1330600-mc000001-2j ").value == "81330600MC0000012J"
    with pytest.raises(Invalid) as refusal:
        rules.credit_code("81330600MC0000012K")
    assert refusal.value.suggestion == "81330600MC0000012J"


@pytest.mark.parametrize(
    ("code", "of", "remark"),
    [
        ("91330600MA0000015N", "union", "credit_code_not_union"),
        ("81330600MC0000012J", "employer", "credit_code_of_union"),
    ],
)
def test_credit_code_of_the_other_kind_is_remarked_on(code, of, remark):
    assert [found.code for found in rules.credit_code(code, of=of).remarks] == [remark]


def test_inner_check_character_is_only_remarked_on():
    body = "81330600MC0000013"
    checked = rules.credit_code(body + rules.uscc.calc_check_digit(body))
    assert [found.code for found in checked.remarks] == ["credit_code_inner_check"]


@pytest.mark.parametrize(
    "written",
    ["13800000001", "138 0000 0001", "138-0000-0001", "+8613800000001", "+86 138-0000-0001",
     "008613800000001", "１３８００００００01", "8613800000001", "13800000001.0"],
)  # fmt: skip
def test_mobile(written):
    assert rules.mobile(written).value == "13800000001"


@pytest.mark.parametrize("written", ["12800000001", "1380000000", "138000000011", "", "0575-8512"])
def test_mobile_refuses(written):
    with pytest.raises(Invalid) as refusal:
        rules.mobile(written)
    assert refusal.value.code == "mobile_form"


def test_landline_is_free_with_a_remark():
    assert rules.landline("0575-85123456").remarks == ()
    assert rules.landline("（0575）85123456").value == "(0575)85123456"
    assert [r.code for r in rules.landline("总机转办公室").remarks] == ["landline_form"]


def test_bank_account_checks_a_card_only_in_a_remark():
    card = rules.bank_account("6222 0212 3456 7890 128", personal=True)
    assert (card.value, card.mended) == ("6222021234567890128", True)
    right = "622202123456789012" + rules.luhn.calc_check_digit("622202123456789012")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert rules.bank_account(right, personal=True).remarks == ()
    assert [r.code for r in rules.bank_account(wrong, personal=True).remarks] == ["card_check"]
    assert rules.bank_account("1211012009000123456", personal=False).remarks == ()
    with pytest.raises(Invalid) as refusal:
        rules.bank_account("12345678", personal=False)
    assert refusal.value.code == "account_form"


def test_postcode():
    assert rules.postcode("312000").value == "312000"
    with pytest.raises(Invalid):
        rules.postcode("31200")


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
    checked = rules.person_name(written)
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
        rules.person_name(written)
    assert refusal.value.code == code


def test_foreign_names_may_be_in_letters():
    assert rules.person_name("  Anna  María O'Neill ", foreign=True).value == "Anna María O'Neill"
    assert rules.person_name("安娜", foreign=True).value == "安娜"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张*"),
        ("张小三", "张*三"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("司马相如", "司马**"),
        ("古力娜扎", "古**扎"),
        ("阿不都·热合曼", "阿**·***"),
        ("Anna Li", "A*** **"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_mask_name(name, masked):
    assert masking.name(name) == masked


def test_masks_of_numbers():
    assert masking.number("330600199003079990") == "3306**********9990"
    assert masking.number("E12345678") == "E123*5678"
    assert masking.number("AB1234") == "****34"
    assert masking.number("123") == "***"
    assert masking.number_public("330600199003079990") == "*" * 14 + "9990"
    assert masking.phone("13800000001") == "138****0001"
    assert masking.phone("0575-85123456") == "*********3456"
    assert masking.account("6222021234567890128") == "*" * 15 + "0128"
    assert masking.account("123") == "***"


@pytest.mark.parametrize(
    "written",
    ["2021-3-5", "2021-03-05", "2021/03/05", "2021/3/5", "2021.3.5", "2021。3。5", "20210305",
     "20210305.0", "2021年3月5日", "2021年03月05日", "2021 年 3 月 5 日", "2021年3月5",
     "２０２１－０３－０５", "2021—3—5", "2021-03-05 00:00:00", "2021-03-05T08:30:00", "44260",
     "44260.0", "44260.5", "二〇二一年三月五日", "二○二一年三月五日", " 2021-3-5\u3000"],
)  # fmt: skip
def test_parse_date(written):
    assert rules.parse_date(written) == date(2021, 3, 5)


def test_parse_date_in_chinese_numerals():
    assert rules.parse_date("一九九九年十二月三十一日") == date(1999, 12, 31)
    assert rules.parse_date("二〇二〇年十月二十日") == date(2020, 10, 20)


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
        rules.parse_date(written)
    assert refusal.value.code == code


@given(st.text(max_size=12))
def test_parse_date_never_fails_otherwise(text):
    with suppress(Invalid):
        assert isinstance(rules.parse_date(text), date)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_identifiers_never_fail_otherwise(text):
    for check in (rules.mobile, rules.credit_code, rules.person_name, rules.passport_number):
        with suppress(Invalid):
            assert check(text).value


def test_law_counts_members_and_the_campaign_employees():
    assert [rules.must_form_committee(members) for members in (24, 25)] == [False, True]
    assert [rules.should_unionise(employees) for employees in (24, 25)] == [False, True]
    assert [rules.needs_women_committee(women) for women in (9, 10)] == [False, True]
    assert [rules.may_use_delegates(members) for members in (99, 100)] == [False, True]


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
    assert rules.committee_seats(members) == seats


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
    assert rules.term_end(start, years) == end
    assert not rules.is_term_overdue(end, on=end)
    assert rules.is_term_overdue(end, on=date.fromordinal(end.toordinal() + 1))


def test_term_reminders():
    assert rules.term_reminders(date(2026, 12, 31)) == (
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
    found = rules.headcount_contradictions(counts, **options)
    assert [remark.code for remark in found] == codes


def test_headcount_contradiction_names_both_counts():
    (found,) = rules.headcount_contradictions({"employees": 30, "members": 31})
    assert found.message == "会员总数 31 人大于职工总数 30 人，请核对。"


def test_code_lists_are_whole():
    assert len(rules.EIGHT_GROUPS) == 8
    assert not rules.ENTERPRISE_OWNERSHIPS & {"400", "500", "600", "700"}
    assert {"truck_driver", "courier", "food_courier"} == rules.EIGHT_GROUPS & rules.NEW_FORM_GROUPS
