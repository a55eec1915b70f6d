"""Payments that the bank has confirmed, by the day it did."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import Payment

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
        ("资金来源", lambda row: row.payable.source_of_money),
        ("金额（元）", "amount"),
        ("支付日期", "result_on"),
    ),
    permission="funds.open_figure",  # payees are masked there
    rows=lambda: Payment.objects.filter(result=Payment.Result.DONE).select_related(
        "payable__pool", "organisation"
    ),
)

register(payments)
