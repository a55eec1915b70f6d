"""Budgets, fiscal transfer and audit findings, as they may be counted."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import AuditFinding, BudgetLine, FiscalTransfer

budgets = Dataset(
    "funds.budgets",
    "工会经费预算",
    BudgetLine,
    dates={"year": Flow("预算年度", "begins_on")},
    dimensions={
        "account": Dimension("科目编码", "account__code"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "budget": Measure("年初预算", Unit.YUAN, total="budget"),
        "adjusted": Measure("调整后预算", Unit.YUAN, total="adjusted"),
        "final": Measure("决算", Unit.YUAN, total="final"),
    },
    columns=(
        ("所属工会", "organisation__name"),
        ("年度", "year"),
        ("科目", "account__name"),
        ("项目", "item"),
        ("年初预算（元）", "budget"),
        ("调整后预算（元）", "adjusted"),
        ("决算（元）", "final"),
    ),
    permission="funds.open_figure",
    rows=lambda: BudgetLine.objects.select_related("organisation", "account"),
)

transfers = Dataset(
    "funds.transfers",
    "财政划拨",
    FiscalTransfer,
    dates={"year": Flow("划拨年度", "begins_on")},
    dimensions={"level": Dimension("组织层级", "organisation__level")},
    measures={
        "units_due": Measure("应划拨单位", Unit.EMPLOYER, total="units_due"),
        "units_covered": Measure("已划拨单位", Unit.EMPLOYER, total="units_covered"),
        "amount": Measure("划拨金额", Unit.YUAN, total="amount"),
    },
    columns=(
        ("区县工会", "organisation__name"),
        ("年度", "year"),
        ("应划拨单位（家）", "units_due"),
        ("已划拨单位（家）", "units_covered"),
        ("划拨金额（元）", "amount"),
    ),
    permission="funds.open_figure",
    rows=lambda: FiscalTransfer.objects.select_related("organisation"),
)

findings = Dataset(
    "funds.findings",
    "审计问题",
    AuditFinding,
    dates={"found": Flow("审计", "found_on"), "closed": Flow("销号", "closed_on")},
    dimensions={
        "kind": Dimension("审计类型", "kind"),
        "state": Dimension("状态", "state"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "findings": Measure("审计问题", Unit.ITEM),
        "amount": Measure("问题金额", Unit.YUAN, total="amount"),
        "rectified": Measure("已整改金额", Unit.YUAN, total="rectified"),
    },
    columns=(
        ("被审计工会", "organisation__name"),
        ("审计报告文号", "document_number"),
        ("审计类型", lambda row: row.get_kind_display()),
        ("问题", "finding"),
        ("问题金额（元）", "amount"),
        ("状态", lambda row: row.get_state_display()),
        ("审计日期", "found_on"),
        ("销号日期", "closed_on"),
    ),
    permission="funds.open_figure",
    rows=lambda: AuditFinding.objects.standing().select_related("organisation"),
)

register(budgets, transfers, findings)
