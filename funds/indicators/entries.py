"""The shipped figures of money that was raised, received, passed on and spent."""

from core.indicators import Indicator, register
from funds.models import FundEntry, FundSource

REPORT = "全委会年度工作报告"


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


RAISE, RECEIVE, ALLOCATE, SPEND = (each.value for each in FundEntry.Direction)
SUBSIDY = FundEntry.Purpose.SPECIAL_SUBSIDY.value
ALLOWANCE = FundEntry.Purpose.CHAIR_ALLOWANCE.value

register(
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
)
