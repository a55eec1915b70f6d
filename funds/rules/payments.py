"""The arithmetic of payments: amounts to the cent, accounts, what a decision binds, control totals.

Pure functions. Accounts and postings follow the accounting rules of trade unions (工会会计制度, in
force since 2022-01-01); separated duties and payment to the payee's own account the rules for
hardship funds (困难职工帮扶资金 管理办法: 实名制发放、银行转账).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")
MOST = Decimal("999999999999.99")  # what the column of an amount holds


class Invalid(ValueError):  # noqa: N818 - an answer about a value, not a malfunction
    """A value that cannot be right: a stable code and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def amount(value: Decimal) -> Decimal:
    """A payable amount in yuan: above zero, to the cent. Nothing is rounded silently."""
    if not value.is_finite() or value <= 0 or value > MOST:
        raise Invalid("bad_amount", "金额应大于 0 元。")
    if value != value.quantize(CENT):
        raise Invalid("too_precise", f"金额 {value} 元超过两位小数，应精确到分。")
    return value.quantize(CENT)


def fen(value: Decimal) -> int:
    """Yuan as whole cents (分)."""
    whole = value * 100
    if whole != int(whole):
        raise Invalid("too_precise", f"金额 {value} 元超过两位小数，应精确到分。")
    return int(whole)


def payee_name(text: str) -> str:
    """A name of an account or bank as it may stand in a bank's file: one line, no separators."""
    name = unicodedata.normalize("NFC", text or "").strip()
    if not name:
        raise Invalid("required", "不能为空。")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name):
        raise Invalid("bad_name", "含有看不见的字符，请重新填写。")
    if name[0] in "=+-@＝＋－＠'" or set(name) & set(',"|;\t'):
        raise Invalid("bad_name", "不能以算式符号开头，也不能含英文逗号、引号、竖线或分号。")
    return name


def account_number(text: str) -> str:
    """A bank account: 9 to 32 digits, blanks and hyphens taken out, full-width digits made narrow.

    A personal card has 16 to 19; its check digit is a warning only (`card_check_fails`), as
    passbooks and older accounts have none.
    """
    digits = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text or ""))
    if not re.fullmatch(r"[0-9]{9,32}", digits):
        raise Invalid("bad_account", "银行账号应为 9 至 32 位数字，请对照存折或银行卡核对。")
    return digits


def card_check_fails(digits: str) -> bool:
    """Whether a UnionPay card number (16 to 19 digits, 62…) fails its check digit (Luhn)."""
    if not re.fullmatch(r"62[0-9]{14,17}", digits):
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 != 0


@dataclass(frozen=True)
class Line:
    """One payment as the bank is told it. `amount` in yuan."""

    number: int
    reference: str
    payee: str
    account: str
    bank: str
    amount: Decimal
    purpose: str


def canonical(line: Line, identity: str) -> str:
    """A line as text of one meaning: whatever of it differs, the text differs.

    `identity` is the keyed index of who is paid. No value can hold the separator.
    """
    parts = [line.reference, identity, line.payee, line.account, line.bank, str(fen(line.amount))]
    return "\x1f".join(part.replace("\x1f", "") for part in parts)


@dataclass(frozen=True)
class Totals:
    """Control totals: how many payments (笔), and what they come to (元)."""

    count: int
    total: Decimal

    @classmethod
    def of(cls, amounts: Iterable[Decimal]) -> "Totals":
        found = list(amounts)
        return cls(len(found), sum(found, Decimal("0.00")))

    def __str__(self) -> str:
        return f"{self.count:,} 笔、{self.total:,} 元"


def difference(ours: Totals, theirs: Totals) -> str:
    """In words how the bank's totals differ from ours, or ""."""
    if ours == theirs:
        return ""
    return f"本系统为 {ours}，银行为 {theirs}，相差 {theirs.total - ours.total:,} 元"
