"""The shipped figures of money that was paid, raised, received and passed on."""

from core.indicators import Indicator, Ratio, register
from funds.models import AuditFinding, FundEntry, FundSource, Payable

SOURCE = "支付台账（银行回单）"
REPORT = "全委会年度工作报告"
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


def entered(code: str, label: str, measure: str = "amount", **filters: object) -> Indicator:
    """Entries of the period in one direction (流量): what was raised is not yet spent."""
    return Indicator(
        code,
        label,
        source=REPORT,
        dataset="funds.entries",
        measure=measure,
        date="entered",
        filters=filters,
    )


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
RAISE, RECEIVE, ALLOCATE, SPEND = (each.value for each in FundEntry.Direction)
SUBSIDY = FundEntry.Purpose.SPECIAL_SUBSIDY.value
ALLOWANCE = FundEntry.Purpose.CHAIR_ALLOWANCE.value

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
    # From outside only: what a union above passes on within the tree is not received twice.
    entered(
        "funds.special_subsidy_upper",
        "上级专项补助资金",
        direction=RECEIVE,
        source=FundSource.PROVINCE_AID.value,
        union__isnull=True,
    ),
    entered(
        "funds.special_subsidy_match",
        "市级配套补助资金",
        direction=ALLOCATE,
        source=FundSource.CITY_MATCH.value,
        purpose=SUBSIDY,
    ),
    entered(
        "funds.chair_allowance",
        "非公企业工会主席津贴发放额",
        direction=SPEND,
        purpose=ALLOWANCE,
    ),
    entered(
        "funds.chair_allowance_persons",
        "领取津贴的非公企业工会主席人数",
        "persons",
        direction=SPEND,
        purpose=ALLOWANCE,
    ),
    entered(
        "organisation.chair_allowance_unions",
        "领取主席津贴的非公企业工会数",
        "unions",
        direction=SPEND,
        purpose=ALLOWANCE,
    ),
    entered(
        "welfare.cool_fund",
        "送清凉筹资额",
        direction=RAISE,
        campaign=FundEntry.Campaign.COOL.value,
    ),
    entered(
        "welfare.epidemic_fund",
        "疫情防控筹资额",
        direction=RAISE,
        campaign=FundEntry.Campaign.EPIDEMIC.value,
    ),
    entered(
        "honours.model_checkup_fund",
        "劳模体检筹资额",
        direction=RAISE,
        purpose=FundEntry.Purpose.MODEL_CHECKUP.value,
    ),
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
