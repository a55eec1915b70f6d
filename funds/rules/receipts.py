"""What receipts of dues must keep to: control totals, arrivals, refunds.

Pure functions. Dues come in through the tax agency (税务代收) under the rules for the collection of
trade union dues; a refund (退库) is a negative receipt that names the one it reverses.
"""

from decimal import ROUND_HALF_UP, Decimal

from funds.rules.payments import CENT, Totals


def totals_obstacle(here: Totals, declared: Totals) -> str:
    """How the lines differ from the totals of who handed them over, or ""."""
    if here == declared:
        return ""
    return (
        f"移交为 {declared}，收录为 {here}，相差 {here.count - declared.count:,} 笔、"
        f"{here.total - declared.total:,} 元，总数不符不能核定："
        "移交总数登记错的，请更正批次；明细漏录的请补录，多录、错录的请撤销那次导入；"
        "移交清单本身有误的，请整批退回。"
    )


def arrival_obstacle(total: Decimal, arrived: Decimal) -> str:
    """How what the bank booked differs from the batch, or ""."""
    if total == arrived:
        return ""
    return (
        f"批次为 {total:,} 元，银行到账为 {arrived:,} 元，相差 {arrived - total:,} 元，"
        "请核对归入本批次的到账。"
    )


def refund_obstacle(refund: Decimal, *, of: Decimal, left: Decimal, alike: bool) -> str:
    """Why a receipt cannot reverse another one of this amount, of which so much is left, or ""."""
    if refund >= 0:
        return "退库的金额应小于 0。"
    if of <= 0:
        return "所退的税票本身是退库，请核对税票号。"
    if not alike:
        return "与所退税票的品目不同，请核对。"
    if left + refund < 0:
        return f"退库 {-refund:,} 元，超过所退税票的余额 {left:,} 元，请核对。"
    return ""


def owed(wages: Decimal, levy: Decimal) -> Decimal:
    """What an employer owes of total wages (工会法 art. 43: a percentage of all wages), in yuan."""
    return (wages * levy / 100).quantize(CENT, ROUND_HALF_UP)
