"""The arithmetic of payments: amounts to the cent, accounts, what a decision binds, control totals.

Pure functions. Accounts and postings follow the accounting rules of trade unions (工会会计制度, in
force since 2022-01-01); separated duties and payment to the payee's own account the rules for
hardship funds (困难职工帮扶资金 管理办法: 实名制发放、银行转账).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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


# How a bank wants its file.

FIELDS: Mapping[str, str] = {
    "number": "序号",
    "reference": "付款流水号",
    "payee": "收款人户名",
    "account": "收款人账号",
    "bank": "收款人开户行",
    "amount": "金额",
    "purpose": "用途",
}
CONTROLS: Mapping[str, str] = {
    "batch": "批次号",
    "title": "批次名称",
    "count": "总笔数",
    "total": "总金额",
}
NEEDED = {"reference", "payee", "account", "amount"}


def check_layout(layout: Mapping[str, Any]) -> None:
    """Refuse a layout by which a bank could not pay, or its answer not be joined to ours."""
    columns = layout["columns"]
    if not isinstance(columns, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)
        for pair in columns
    ):
        raise Invalid("bad_layout", "各列应写成“字段、列名”的列表。")
    names = [name for name, _ in columns]
    if strange := [name for name in names if name not in FIELDS]:
        raise Invalid("bad_layout", f"没有名为“{strange[0]}”的字段，可用的有：{_list(FIELDS)}。")
    if len(set(names)) < len(names):
        raise Invalid("bad_layout", "同一字段不能列两次。")
    if missing := sorted(NEEDED - set(names)):
        raise Invalid("bad_layout", f"缺少必需的字段：{_list(missing)}。")
    for place in ("header", "footer"):
        line = layout[place]
        if not isinstance(line, list) or set(line) - set(CONTROLS):
            raise Invalid("bad_layout", f"控制信息只能由这些字段组成：{_list(CONTROLS)}。")


def _list(names: Iterable[str]) -> str:
    return "、".join(names)


def spelled(value: Decimal, style: str) -> str:
    """An amount as the bank wants it: yuan with two decimals, or whole cents (分)."""
    return str(fen(value)) if style == "fen" else f"{value:.2f}"


def cells(layout: Mapping[str, Any], line: Line) -> list[str]:
    """One payment as the texts of its columns."""
    texts = {name: str(getattr(line, name)) for name in FIELDS}
    texts["amount"] = spelled(line.amount, layout["amount_style"])
    return [texts[name] for name, _ in layout["columns"]]


def controls(
    names: Sequence[str], layout: Mapping[str, Any], *, batch: str, title: str, totals: Totals
) -> list[str]:
    """The first or last line of a file: what identifies and sums it up."""
    known = {
        "batch": batch,
        "title": title,
        "count": str(totals.count),
        "total": spelled(totals.total, layout["amount_style"]),
    }
    return [known[name] for name in names]
