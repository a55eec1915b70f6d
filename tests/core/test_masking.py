"""How personal data is shown by default."""

import pytest

from core import masking


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
