"""What of returns may be counted: what was due to unions, what of it they were paid.

A due counts from the day on which it is both due and in the books, and is paid on the day that the
bank confirmed; one that came back (退票) counts as never paid. Custody (代管) is not due yet.
"""

from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from funds.models import Due, Return

OPEN = "funds.open_figure"
BOOKED, PAID = "booked_on", "returned_by__paid_on"

dues = Dataset(
    "funds.dues",
    "应返经费",
    Due,
    dates={
        "due": Stock("应返", "due_on", after=(BOOKED,)),
        "open": Stock("应返未返", "due_on", PAID, after=(BOOKED,)),
        "returned": Stock("已返", "due_on", after=(BOOKED, PAID)),
    },
    dimensions={
        "source": Dimension("来源", "source"),
        "period": Dimension("所属月份", "period"),
        "due_on": Dimension("应返日期", "due_on"),
        "payer": Dimension("应付工会", "payer"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("金额", Unit.YUAN, total="amount"),
        # A union that was paid too much hides nothing of what another one is owed.
        "owed": Measure("应返未返", Unit.YUAN, total="amount", only="above"),
        "over": Measure("多返", Unit.YUAN, total="amount", only="below"),
        "unions": Measure("工会（去重）", Unit.ORGANISATION, distinct="organisation"),
    },
    columns=(
        ("应返工会", "organisation__name"),
        ("来源", lambda row: row.get_source_display()),
        ("所属月份", lambda row: f"{row.period:%Y年%m月}"),
        ("金额（元）", "amount"),
        ("应返日期", "due_on"),
        ("返还日期", PAID),
    ),
    permission=OPEN,
    rows=lambda: Due.objects.filter(is_custody=False).select_related("organisation", "returned_by"),
)

returns = Dataset(
    "funds.returns",
    "已返还的经费",
    Return,
    dates={"paid": Flow("返还", "paid_on")},
    dimensions={
        "kind": Dimension("类别", "kind"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("返还金额", Unit.YUAN, total="amount"),
        "returns": Measure("返还笔数", Unit.PAYMENT),
        "unions": Measure("收款工会（去重）", Unit.ORGANISATION, distinct="organisation"),
    },
    columns=(
        ("收款工会", "organisation__name"),
        ("类别", lambda row: row.get_kind_display()),
        ("金额（元）", "amount"),
        ("应返截止日", "until"),
        ("返还日期", "paid_on"),
    ),
    permission=OPEN,
    rows=lambda: Return.objects.filter(state=Return.State.PAID).select_related("organisation"),
)

register(dues, returns)
