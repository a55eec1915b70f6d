"""The shipped figures of money paid out."""

from core.indicators import Indicator, register
from funds.models import FundSource, Payable

SOURCE = "支付台账（银行回单）"
PERSON = Payable.PayeeKind.PERSON.value


def paid(code: str, label: str, measure: str, **filters: object) -> Indicator:
    """What the bank confirmed in the period (流量)."""
    return Indicator(
        f"funds.{code}",
        label,
        source=SOURCE,
        dataset="funds.payments",
        measure=measure,
        date="paid",
        filters=filters,
    )


register(
    paid("paid_amount", "支付金额", "amount"),
    paid("paid_count", "支付笔数", "payments"),
    paid("paid_persons", "收款人数", "persons", payee=PERSON),
    *(
        paid(f"paid_{kind.value}_amount", f"{kind.label}支付金额", "amount", kind=kind.value)
        for kind in Payable.Kind
    ),
    *(
        paid(
            f"paid_from_{source.value}_amount",
            f"{source.label}支付金额",
            "amount",
            source=source.value,
        )
        for source in FundSource
    ),
)
