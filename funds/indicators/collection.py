"""The shipped figures of collection: what came in, from whom, and whose it is."""

from core.indicators import Indicator, Manual, Ratio, Sum, Unit, register
from funds.models import CollectionBatch, FundKind

REPORT = "全委会年度工作报告"
PLAN = "年度工作要点"
LEDGER = "收缴台账"
TAX = CollectionBatch.Channel.TAX.value
# Of whom the parts are, by the columns of an allocation; together they are the whole.
SHARES = {
    "grassroots": "基层工会",
    "town": "乡镇（街道）工会",
    "district": "区县（产业）工会",
    "municipal": "市级",
    "provincial": "省级",
    "national": "全国",
    "held": "代管",
}


def collected(
    code: str, label: str, measure: str = "amount", source: str = LEDGER, **filters: object
) -> Indicator:
    """Receipts entered in the period, less refunds (流量)."""
    return Indicator(
        f"funds.{code}",
        label,
        source=source,
        dataset="funds.collections",
        measure=measure,
        date="entered",
        filters=filters,
    )


def share(
    code: str, label: str, measure: str, source: str = LEDGER, **filters: object
) -> Indicator:
    """A part of the same receipts."""
    return Indicator(
        f"funds.{code}",
        label,
        source=source,
        dataset="funds.allocations",
        measure=measure,
        date="entered",
        filters=filters,
    )


register(
    collected("collected", "工会经费收缴额"),
    *(
        collected(f"{channel.value}_collected", f"{channel.label}经费", channel=channel.value)
        for channel in CollectionBatch.Channel
        if channel != CollectionBatch.Channel.TAX
    ),
    collected("tax_collected", "税务代收经费", source=REPORT, channel=TAX),
    *(
        collected(f"{kind.value}_collected", f"{kind.label}收缴额", kind=kind.value)
        for kind in FundKind
    ),
    collected("collected_receipts", "缴款笔数", "receipts"),
    collected("paying_employers", "缴费单位数", "employers"),
    collected("unmatched_collected", "未匹配缴款额", match=""),
    Manual(
        "funds.collection_target",
        "税务代收任务数",
        source="省总下达的年度任务",
        unit=Unit.YUAN,
    ),
    Ratio(
        "funds.target_completion",
        "税务代收任务完成率",
        source=REPORT,
        numerator="funds.tax_collected",
        denominator="funds.collection_target",
    ),
    *(share(f"share_{level}", f"{label}应得分成", level) for level, label in SHARES.items()),
    # 缓减: of what would have gone up from payers under a measure, this stayed below.
    *(
        share(
            f"supported_{level}", f"缓减后上缴{SHARES[level]}", level, PLAN, measure__isnull=False
        )
        for level in ("town", "district", "municipal", "provincial", "national")
    ),
    share("support_kept", "缓减留存基层金额", "support", PLAN, measure__isnull=False),
    Sum(
        "funds.upper_remit_base",
        "缓减前应上缴上级金额",
        source=PLAN,
        terms=(
            "funds.support_kept",
            *(
                f"funds.supported_{level}"
                for level in ("town", "district", "municipal", "provincial", "national")
            ),
        ),
    ),
    Ratio(
        "funds.upper_remit_cut",
        "企业上缴经费缓减比例",
        source=PLAN,
        numerator="funds.support_kept",
        denominator="funds.upper_remit_base",
    ),
)
