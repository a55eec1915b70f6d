"""How somebody is reached and paid: telephones, bank accounts, postcodes."""

import re

from stdnum import luhn

from core.rules import Checked, Invalid, Remark
from core.rules.text import normalise_code, normalise_digits, normalise_line, refuse_scientific

_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def mobile(text: str) -> Checked:
    """A mobile number of the mainland: eleven digits, without blanks, dashes and +86."""
    if _MOBILE.fullmatch(text):  # as most are written
        return Checked(text)
    value = normalise_digits(text)
    refuse_scientific(value)
    value = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", value)
    # A workbook that holds the number as a number may hand it over with a fraction.
    value = re.sub(r"^(1\d{10})\.0+$", r"\1", value)
    if not _MOBILE.fullmatch(value):
        raise Invalid(
            "mobile_form", "手机号码应为 11 位数字，以 13 至 19 开头，请核对是否缺位或多位。"
        )
    return Checked(value, value != text)


def landline(text: str) -> Checked:
    """A landline number as written; its form is free, an odd one is remarked on."""
    value = normalise_line(text)
    shape = r"(\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}([-转 ]\d{1,6})?"
    remarks = ()
    if not re.fullmatch(shape, value):
        remarks = (Remark("landline_form", "电话号码一般为区号加 7 至 8 位数字，请核对。"),)
    return Checked(value, value != text, remarks)


def bank_account(text: str, *, personal: bool) -> Checked:
    """A bank account: a personal card or passbook, or the account of a unit (9 to 32 digits)."""
    value = normalise_digits(text)
    refuse_scientific(value)
    if not re.fullmatch(r"[0-9]{9,32}", value):
        raise Invalid("account_form", "银行账号应为 9 至 32 位数字，请对照开户资料核对。")
    remarks = ()
    # Passbooks and older accounts fail both, therefore only a remark.
    if personal and not (16 <= len(value) <= 19 and luhn.is_valid(value)):
        remarks = (Remark("card_check", "银行卡号的位数或校验位不常见，请对照银行卡核对。"),)
    return Checked(value, value != text, remarks)


def postcode(text: str) -> Checked:
    """A postcode: six digits."""
    value = normalise_code(text)
    if not re.fullmatch(r"[0-9]{6}", value):
        raise Invalid("postcode_form", "邮政编码应为 6 位数字，请核对。")
    return Checked(value, value != text)
