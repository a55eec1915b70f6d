"""The worked examples of the numbers of certificates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from core.rules import Invalid, certificates

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
    checked = certificates.resident_number(number, on=TODAY)
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
        certificates.resident_number(number, on=TODAY)
    assert refusal.value.code == code


def test_swapped_region_of_the_handbook_is_caught():
    with pytest.raises(Invalid) as refusal:
        certificates.resident_number("336000199003079990", on=TODAY)
    assert refusal.value.code == "resident_number_check"


def test_a_birth_today_is_no_birth_in_the_future():
    number = "33060020261121999"
    number += ric.calc_check_digit(number + "0")
    assert certificates.resident_number(number, on=TODAY).birth_date == TODAY


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
    checked = certificates.resident_number(written, on=TODAY)
    assert (checked.value, checked.mended) == ("33060019790815997X", True)


def test_a_wrong_check_character_suggests_the_right_one_and_shows_no_clear_number():
    with pytest.raises(Invalid) as refusal:
        certificates.resident_number("330600199003079991", on=TODAY)
    assert refusal.value.suggestion == "330600199003079990"
    assert "3306**********9991" in refusal.value.message
    assert "19900307" not in refusal.value.message


def test_a_rounded_number_that_passes_the_check_is_remarked_on():
    rounded = next(
        number
        for day in range(1, 29)
        if (number := f"330600199003{day:02}0000")[-1] == ric.calc_check_digit(number)
    )
    checked = certificates.resident_number(rounded, on=TODAY)
    assert [remark.code for remark in checked.remarks] == ["number_perhaps_rounded"]


def test_a_number_of_fifteen_digits_became_one_of_eighteen():
    assert certificates.modern_number("330600850617001") == _with_check("33060019850617001")
    assert certificates.modern_number("330600851317001") == ""  # no such day
    assert certificates.modern_number("E12345678") == ""


def _with_check(seventeen: str) -> str:
    return seventeen + ric.calc_check_digit(seventeen + "0")


@pytest.mark.parametrize("start", ["810000", "820000", "830000"])
def test_permit_numbers_are_built_like_resident_numbers(start):
    number = _with_check(start + "19850612" + "998")
    assert certificates.permit_number(number, on=TODAY).sex == "female"
    assert certificates.resident_number(number, on=TODAY).birth_date == date(1985, 6, 12)


def test_permit_number_refuses_a_resident_number():
    with pytest.raises(Invalid) as refusal:
        certificates.permit_number("330600199003079990", on=TODAY)
    assert refusal.value.code == "permit_number_region"


def test_foreigner_number_takes_both_forms():
    new = _with_check("911156" + "19850612" + "999")
    assert certificates.foreigner_number(new, on=TODAY).birth_date == date(1985, 6, 12)
    assert certificates.foreigner_number("usa110085061215", on=TODAY).value == "USA110085061215"
    with pytest.raises(Invalid) as refusal:
        certificates.foreigner_number("330600199003079990", on=TODAY)
    assert refusal.value.code == "foreigner_number_start"


def test_passport_number():
    assert certificates.passport_number("e1234 5678").value == "E12345678"
    with pytest.raises(Invalid) as refusal:
        certificates.passport_number("护照1234567")
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
    assert certificates.certificate_number(kind, written, on=TODAY).value == written.upper()
    with pytest.raises(Invalid):
        certificates.certificate_number(kind, "护照", on=TODAY)


def test_certificate_of_no_kind_is_a_mistake_of_the_caller():
    with pytest.raises(LookupError):
        certificates.certificate_number("seal", "1", on=TODAY)


def test_what_is_typed_beside_a_number_agrees_with_it():
    number = certificates.resident_number("330600199003079990", on=TODAY)
    certificates.agree_with_number(number, sex="male", birth_date=date(1990, 3, 7))
    certificates.agree_with_number(number, sex=None, birth_date=None)
    certificates.agree_with_number(
        certificates.passport_number("E12345678"), sex="male", birth_date=TODAY
    )
    with pytest.raises(Invalid) as refusal:
        certificates.agree_with_number(number, sex="female", birth_date=None)
    assert refusal.value.code == "sex_mismatch"
    with pytest.raises(Invalid) as refusal:
        certificates.agree_with_number(number, sex=None, birth_date=date(1990, 7, 3))
    assert refusal.value.code == "birth_date_mismatch"


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16))
def test_any_single_wrong_digit_is_refused(birth, sequence, position):
    right = _with_check(f"330600{birth:%Y%m%d}{sequence:03}")
    assert certificates.resident_number(right, on=TODAY).birth_date == birth
    wrong = right[:position] + str((int(right[position]) + 1) % 10) + right[position + 1 :]
    with pytest.raises(Invalid):
        certificates.resident_number(wrong, on=TODAY)
