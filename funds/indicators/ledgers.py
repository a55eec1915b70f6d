"""The shipped figures of budgets, fiscal transfer and audits."""

from core.indicators import Indicator, Ratio, register
from funds.models import AuditFinding


def of_year(dataset: str, code: str, label: str, measure: str, **filters: object) -> Indicator:
    """What stands for a whole year, counted in the year's first month (流量)."""
    return Indicator(
        f"funds.{code}",
        label,
        source="工会经费预决算" if dataset == "budgets" else "财政划拨统计表",
        dataset=f"funds.{dataset}",
        measure=measure,
        date="year",
        filters=filters,
    )


def audited(code: str, label: str, measure: str = "findings", **filters: object) -> Indicator:
    """Findings of audits of the period (流量), also those that are put right after it."""
    return Indicator(
        f"funds.{code}",
        label,
        source="经审工作报告",
        dataset="funds.findings",
        measure=measure,
        date="found",
        filters=filters,
    )


# Accounts of spending are those of class 5 in the chart of unions (工会会计制度).
SPENDING = {"account__gte": "5", "account__lte": "6"}

register(
    of_year("budgets", "budget_spending", "年初支出预算", "budget", **SPENDING),
    of_year("budgets", "adjusted_spending", "调整后支出预算", "adjusted", **SPENDING),
    of_year("budgets", "final_spending", "支出决算", "final", **SPENDING),
    Ratio(
        "funds.budget_execution",
        "支出预算执行率",
        source="工会经费预决算",
        numerator="funds.final_spending",
        denominator="funds.adjusted_spending",
    ),
    of_year("transfers", "fiscal_units_due", "财政划拨应覆盖单位数", "units_due"),
    of_year("transfers", "fiscal_units_covered", "财政划拨已覆盖单位数", "units_covered"),
    of_year("transfers", "fiscal_amount", "财政划拨工会经费金额", "amount"),
    Ratio(
        "funds.fiscal_coverage",
        "财政划拨覆盖率",
        source="财政划拨统计表",
        numerator="funds.fiscal_units_covered",
        denominator="funds.fiscal_units_due",
    ),
    audited("audit_findings", "审计发现问题数"),
    audited("audit_amount", "审计问题金额", "amount"),
    audited("audit_closed", "已销号审计问题数", state=AuditFinding.State.CLOSED.value),
    Ratio(
        "funds.audit_rectification",
        "审计问题整改率",
        source="经审工作报告",
        numerator="funds.audit_closed",
        denominator="funds.audit_findings",
    ),
)
