"""What of money may be counted: payments by the day the bank confirmed them, and entries."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import AuditFinding, BudgetLine, FiscalTransfer, FundEntry, Payment

payments = Dataset(
    "funds.payments",
    "已支付的款项",
    Payment,
    dates={"paid": Flow("支付", "result_on")},
    dimensions={
        "source": Dimension("资金来源", "payable__pool__source"),
        "kind": Dimension("类别", "payable__kind"),
        "payee": Dimension("收款人类型", "payable__payee_kind"),
        "pool_year": Dimension("资金年度", "payable__pool__year"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("支付金额", Unit.YUAN, total="amount"),
        "payments": Measure("支付笔数", Unit.PAYMENT),
        # Of payees that are persons: filter by `payee`.
        "persons": Measure("收款人员（去重）", Unit.PERSON, distinct="payable__payee_index"),
    },
    columns=(
        ("付款流水号", "reference"),
        ("收款人", lambda row: row.payee),
        ("所属工会", "organisation__name"),
        ("类别", lambda row: row.payable.get_kind_display()),
        ("资金来源", lambda row: row.payable.pool.get_source_display()),
        ("金额（元）", "amount"),
        ("支付日期", "result_on"),
    ),
    permission="funds.open_figure",  # payees are masked there
    rows=lambda: Payment.objects.filter(result=Payment.Result.DONE).select_related(
        "payable__pool", "organisation"
    ),
)

entries = Dataset(
    "funds.entries",
    "资金收支",
    FundEntry,
    dates={"entered": Flow("收支", "entry_on")},
    dimensions={
        "direction": Dimension("收支方向", "direction"),
        "campaign": Dimension("活动", "campaign"),
        "purpose": Dimension("用途", "purpose"),
        "source": Dimension("资金来源", "source"),
        # What one union passes on, another receives: without one it comes from outside.
        "union": Dimension("往来工会", "union"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("金额", Unit.YUAN, total="amount"),
        "entries": Measure("笔数", Unit.PAYMENT),
        "persons": Measure("对方会员（去重）", Unit.PERSON, distinct="person"),
        "unions": Measure("往来工会（去重）", Unit.ORGANISATION, distinct="union"),
    },
    columns=(
        ("日期", "entry_on"),
        ("所属工会", "organisation__name"),
        ("收支方向", lambda row: row.get_direction_display()),
        ("活动", lambda row: row.get_campaign_display()),
        ("用途", lambda row: row.get_purpose_display()),
        ("资金来源", lambda row: row.get_source_display()),
        ("对方名称", lambda row: row.whom),
        ("金额（元）", "amount"),
        ("文号", "document_number"),
    ),
    permission="funds.open_figure",
    rows=lambda: FundEntry.objects.select_related("organisation"),
)

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

register(payments, entries, budgets, transfers, findings)
