"""What of rebates may be counted: what employers are given back, and when the bank confirmed it."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import Rebate

RETURNED = "due__returned_by__paid_on"

rebates = Dataset(
    "funds.rebates",
    "小微企业返还",
    Rebate,
    dates={"returned": Flow("返还", RETURNED), "period": Flow("所属期", "period_last")},
    dimensions={
        "scheme": Dimension("返还政策", "scheme"),
        "eligibility": Dimension("享受条件", "scheme__eligibility"),
        "returned_on": Dimension("返还日期", RETURNED),
        "claimed": Dimension("工会申请", "is_claimed"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("返还金额", Unit.YUAN, total="amount"),
        "employers": Measure("返还单位（去重）", Unit.EMPLOYER, distinct="employer"),
    },
    columns=(
        ("用人单位", "employer__name"),
        ("收款工会", "organisation__name"),
        ("返还政策", "scheme__name"),
        ("所属期起", "period_first"),
        ("所属期止", "period_last"),
        ("返还金额（元）", "amount"),
        ("返还日期", RETURNED),
    ),
    permission="funds.open_figure",
    rows=lambda: Rebate.objects.filter(state=Rebate.State.APPROVED).select_related(
        "employer", "organisation", "scheme", "due__returned_by"
    ),
)

register(rebates)
