"""The unified social credit code of employers and unions."""

from typing import Literal

from stdnum.cn import uscc

from core import masking
from core.rules import Checked, Invalid, Remark
from core.rules.text import normalise_digits, refuse_scientific

_CODE_LETTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
# GB 32100-2015: the registering authority 8 is the trade unions', 81 a grassroots union.
UNION_CODE_STARTS = ("81", "89")


def credit_code(text: str, *, of: Literal["employer", "union"] | None = None) -> Checked:
    """The unified social credit code in `text`. GB 32100-2015.

    With `of` it remarks on a code that looks like one of the other kind. The inner check character
    (GB 11714) is only remarked on: some codes that are in force fail it.
    """
    value = normalise_digits(text)
    refuse_scientific(value)
    shown = masking.numbers_within(value)
    if len(value) != 18:
        raise Invalid(
            "credit_code_length",
            f"统一社会信用代码应为 18 位，现为 {len(value)} 位，请对照证照核对。",
        )
    strangers = "、".join(sorted(set(value) - _CODE_LETTERS))
    if strangers:
        raise Invalid(
            "credit_code_letters",
            f"统一社会信用代码“{shown}”含有不使用的字符 {strangers}"
            "（代码中没有 I、O、S、V、Z，可能是 1、0、5、2），请对照证照核对。",
        )
    if not value[2:8].isdigit():
        raise Invalid(
            "credit_code_region",
            f"统一社会信用代码“{shown}”第 3 至 8 位应为 6 位数字，请对照证照核对。",
        )
    expected = uscc.calc_check_digit(value[:17])
    if value[-1] != expected:
        raise Invalid(
            "credit_code_check",
            f"统一社会信用代码“{shown}”末位校验不符，请对照证照核对。",
            suggestion=value[:-1] + expected,
        )
    remarks = []
    if of == "union" and not value.startswith(UNION_CODE_STARTS):
        remarks.append(
            Remark(
                "credit_code_not_union",
                f"“{shown}”不是以 81 或 89 开头，可能填成了单位的代码，请核对。",
            )
        )
    if of == "employer" and value.startswith(UNION_CODE_STARTS):
        remarks.append(
            Remark(
                "credit_code_of_union",
                f"“{shown}”以 {value[:2]} 开头，是工会的代码，请填写单位自己的代码。",
            )
        )
    if value[16] != _inner_check(value[8:16]):
        remarks.append(
            Remark("credit_code_inner_check", f"“{shown}”中的组织机构代码校验不符，请核对。")
        )
    return Checked(value, value != text, tuple(remarks))


def _inner_check(body: str) -> str:
    """The check character of an organisation code of eight characters (GB 11714)."""
    weighted = sum(
        int(char, 36) * w for char, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return "0123456789X0"[11 - weighted % 11]
