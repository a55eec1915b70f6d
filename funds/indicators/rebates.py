"""The shipped figures of rebates to small and micro employers."""

from core.indicators import Indicator, Ratio, register

REPORT = "全委会年度工作报告"
PLAN = "年度工作要点"


def rebates(
    code: str, label: str, measure: str, date: str, source: str = REPORT, **filters: object
) -> Indicator:
    return Indicator(
        f"funds.{code}",
        label,
        source=source,
        dataset="funds.rebates",
        measure=measure,
        date=date,
        filters=filters,
    )


register(
    # Confirmed by the bank in the period, for whatever months they were paid (流量).
    rebates("micro_refund_amount", "小微企业返还经费", "amount", "returned"),
    rebates("micro_refund_units", "小微企业返还户数", "employers", "returned"),
    # 能返尽返: of what small employers are entitled to for the period, this was returned by now.
    rebates("micro_entitled", "小微企业应返还经费", "amount", "period", PLAN),
    rebates(
        "micro_returned",
        "小微企业应返还经费中已返还",
        "amount",
        "period",
        PLAN,
        returned_on__isnull=False,
    ),
    Ratio(
        "funds.micro_refund_rate",
        "小微企业返还率",
        source=PLAN,
        numerator="funds.micro_returned",
        denominator="funds.micro_entitled",
    ),
)
