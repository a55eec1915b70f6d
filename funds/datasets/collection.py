"""What of collection may be counted: receipts by the day they were entered, whose they are.

Only what was reconciled and distributed counts; refunds are receipts below zero.
"""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from funds.models import Allocation, CollectionLine
from funds.rules import shares

OPEN = "funds.open_figure"

collections = Dataset(
    "funds.collections",
    "已分配的缴款",
    CollectionLine,
    dates={"entered": Flow("入库", "entry_on")},
    dimensions={
        "channel": Dimension("收缴方式", "batch__channel"),
        "kind": Dimension("品目", "fund_kind"),
        "match": Dimension(
            "匹配方式", "match", {**dict(CollectionLine.Match.choices), "": "未匹配"}
        ),
        "reverses": Dimension("所退税票", "reverses"),
        "size": Dimension("单位规模", "employer__size"),
        "ownership": Dimension("单位性质", "employer__ownership"),
        "level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "amount": Measure("收缴金额", Unit.YUAN, total="amount"),
        "receipts": Measure("缴款笔数", Unit.PAYMENT),
        "employers": Measure("缴费单位（去重）", Unit.EMPLOYER, distinct="employer"),
    },
    columns=(
        ("税票号", "receipt_number"),
        ("缴费单位", "payer_name"),
        ("所属工会", "organisation__name"),
        ("品目", lambda row: row.get_fund_kind_display()),
        ("所属期起", "period_first"),
        ("所属期止", "period_last"),
        ("金额（元）", "amount"),
        ("入库日期", "entry_on"),
    ),
    permission=OPEN,
    rows=lambda: CollectionLine.objects.distributed().select_related("organisation", "employer"),
)

# The parts of the same receipts, by the version of the rules that counts today.
allocations = Dataset(
    "funds.allocations",
    "经费分成",
    Allocation,
    organisation="line__organisation",
    dates={"entered": Flow("入库", "line__entry_on")},
    dimensions={
        "channel": Dimension("收缴方式", "line__batch__channel"),
        "kind": Dimension("品目", "line__fund_kind"),
        "measure": Dimension("缓减措施", "measure"),
        "level": Dimension("组织层级", "line__organisation__level"),
    },
    measures={
        "amount": Measure("分成金额", Unit.YUAN, total="amount"),
        "support": Measure("缓减留存", Unit.YUAN, total="support"),
        **{
            level: Measure(
                f"{Allocation._meta.get_field(level).verbose_name}分成", Unit.YUAN, total=level
            )
            for level in shares.LEVELS
        },
    },
    columns=(
        ("税票号", "line__receipt_number"),
        ("缴费单位", "line__payer_name"),
        ("所属工会", "line__organisation__name"),
        ("分成规则", lambda row: str(row.rule or "")),
        *(
            (f"{Allocation._meta.get_field(level).verbose_name}（元）", level)
            for level in shares.LEVELS
        ),
        ("入库日期", "line__entry_on"),
    ),
    permission=OPEN,
    rows=lambda: Allocation.objects.live().select_related("line__organisation", "rule"),
)

register(collections, allocations)
