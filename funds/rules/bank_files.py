"""How a bank wants its file: layouts as data, and the texts of its cells.

Pure functions.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from funds.rules.payments import Invalid, Line, Totals, fen

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
