"""The shipped figures of returns: due, paid, and 应返未返 on the last day of a period."""

from core.indicators import Difference, Indicator, Ratio, register
from funds.models import Due, Payable

REPORT = "全委会年度工作报告"
LEDGER = "应返台账"


def stood(
    code: str,
    label: str,
    date: str,
    measure: str = "amount",
    source: str = LEDGER,
    **filters: object,
) -> Indicator:
    """Dues as they stood at the end of the period (存量)."""
    return Indicator(
        f"funds.{code}",
        label,
        source=source,
        dataset="funds.dues",
        measure=measure,
        date=date,
        filters=filters,
    )


def returned(code: str, label: str, measure: str = "amount", **filters: object) -> Indicator:
    """Returns that the bank confirmed in the period (流量)."""
    return Indicator(
        f"funds.{code}",
        label,
        source="返还台账（银行回单）",
        dataset="funds.returns",
        measure=measure,
        date="paid",
        filters=filters,
    )


register(
    stood("due_to_date", "累计应返经费", "due"),
    stood("returned_to_date", "累计已返经费", "returned"),
    stood("overdue_refund", "应返未返经费", "open", "owed", REPORT),
    stood("overpaid_refund", "多返经费", "open", "over"),
    # What one union was returned too much returns nothing to another.
    Difference(
        "funds.returned_of_due",
        "累计应返中已返还",
        source=LEDGER,
        minuend="funds.due_to_date",
        subtrahend="funds.overdue_refund",
    ),
    Ratio(
        "funds.return_rate",
        "经费返还率",
        source=REPORT,
        numerator="funds.returned_of_due",
        denominator="funds.due_to_date",
    ),
    # 应返未返 less 多返: what must remain of what was due after what was returned.
    Difference(
        "funds.outstanding",
        "应返未返净额",
        source=LEDGER,
        minuend="funds.overdue_refund",
        subtrahend="funds.overpaid_refund",
    ),
    *(
        Indicator(
            f"funds.outstanding_{source.value}",
            f"应返未返净额（{source.label}）",
            source=LEDGER,
            dataset="funds.dues",
            measure="amount",
            date="open",
            filters={"source": source.value},
        )
        for source in Due.Source
    ),
    returned("returned_amount", "返还经费金额"),
    returned("returned_unions", "收到返还的工会数", "unions"),
    *(
        returned(f"returned_{kind.value}_amount", f"{kind.label}返还额", kind=kind.value)
        for kind in (Payable.Kind.RETURN, Payable.Kind.REBATE)
    ),
)
