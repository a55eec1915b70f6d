"""What was raised, received, passed on and spent, by the day it was."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import FundEntry

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

register(entries)
