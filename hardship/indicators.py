"""The shipped figures of hardship, as data over its datasets.

Funds that were raised (筹资) stand on the entries of funds, job fairs and loans on rows of other
apps.
"""

from core.indicators import Difference, Indicator, Ratio, Sum, register
from funds.models import FundEntry, FundSource
from hardship.models import Recognition, Visit
from hardship.models.aid import AidKind
from hardship.models.evaluation import Verdict
from hardship.models.households import Cause, Level
from hardship.models.standards import Tier

REPORT = "全委会年度工作报告"
PLAN = "年度工作要点"
EVALUATION = "第三方评估报告"

RELIEVED = tuple(sorted(ending.value for ending in Recognition.RELIEVED))
CANCELLED = tuple(sorted(ending.value for ending in Recognition.CANCELLED))
CAME = (Recognition.Entry.NEW.value, Recognition.Entry.REOPENED.value)
ILLNESS = (Cause.OWN_ILLNESS.value, Cause.KIN_ILLNESS.value)


def recognitions(
    code: str, label: str, measure: str, date: str, source: str = REPORT, **filters: object
) -> Indicator:
    return Indicator(
        f"hardship.{code}",
        label,
        source=source,
        dataset="hardship.recognitions",
        measure=measure,
        date=date,
        filters=filters,
    )


def on_file(code: str, label: str, source: str = REPORT, **filters: object) -> Indicator:
    """Households on file on the last day of the period (存量，户)."""
    return recognitions(code, label, "households", "on_file", source, **filters)


def filed(code: str, label: str, **filters: object) -> Indicator:
    """Distinct households that came on file in the period (流量，户); no change of tier."""
    filters = {"entry": CAME, **filters}
    return recognitions(code, label, "distinct_households", "filed", **filters)


def exited(code: str, label: str, source: str = REPORT, **filters: object) -> Indicator:
    """Distinct households that left in the period out of hardship or handed over (流量，户)."""
    filters = {"ending": RELIEVED, **filters}
    return recognitions(code, label, "distinct_households", "ended", source, **filters)


def paid(code: str, label: str, measure: str, **filters: object) -> Indicator:
    """Grants that the bank confirmed in the period (流量)."""
    return Indicator(
        f"hardship.{code}",
        label,
        source=REPORT,
        dataset="hardship.grants",
        measure=measure,
        date="paid",
        filters=filters,
    )


def visited(code: str, label: str, measure: str, **filters: object) -> Indicator:
    return Indicator(
        f"hardship.{code}",
        label,
        source=REPORT,
        dataset="hardship.visits",
        measure=measure,
        date="held",
        filters=filters,
    )


def raised(code: str, label: str, **filters: object) -> Indicator:
    """Funds that were raised in the period (流量), whatever of them was spent."""
    return Indicator(
        f"hardship.{code}",
        label,
        source=REPORT,
        dataset="funds.entries",
        measure="amount",
        date="entered",
        filters={"direction": FundEntry.Direction.RAISE.value, **filters},
    )


def evaluated(code: str, label: str, *verdicts: Verdict) -> Indicator:
    """Distinct households of evaluations that were closed in the period (流量，户)."""
    return Indicator(
        f"hardship.{code}",
        label,
        source=EVALUATION,
        dataset="hardship.evaluations",
        measure="distinct_households",
        date="closed",
        filters={"verdict": tuple(verdict.value for verdict in verdicts)},
    )


CONSOLED = Visit.Kind.CONDOLENCE.value
NATIONAL = Level.NATIONAL.value
OLD = "2018-12-31"  # the last day on which the files of the plan of 2021 were opened
STUDY_OR_JOB = (AidKind.STUDY.value, AidKind.JOB.value)

register(
    on_file("registered_households", "在档困难职工户数"),
    on_file("registered_deep", "在档深度困难户数", tier=Tier.DEEP.value),
    on_file("registered_relative", "在档相对困难户数", tier=Tier.RELATIVE.value),
    on_file("registered_accident", "在档意外致困户数", tier=Tier.ACCIDENT.value),
    on_file("registered_national", "在档全国级困难职工户数", level=NATIONAL),
    on_file("registered_illness", "因病致困在档户数", cause=ILLNESS),
    on_file("registered_migrant", "在档困难农民工户数", migrant=True),
    filed("filed_households", "新建档困难职工户数"),
    filed("reopened_households", "返困重新建档户数", entry=Recognition.Entry.REOPENED.value),
    exited("exited_households", "解困脱困户数"),
    exited("exited_out", "脱困退档户数", ending=Recognition.Ending.OUT.value),
    exited(
        "exited_handed_over",
        "解困转常态化帮扶户数",
        ending=Recognition.Ending.HANDED_OVER.value,
    ),
    exited("exited_national", "全国级困难职工解困脱困户数", PLAN, level=NATIONAL),
    recognitions(
        "cancelled_households", "注销户数", "distinct_households", "ended", ending=CANCELLED
    ),
    # Whoever came and went, each time counted, so that they explain the growth of the stock.
    recognitions("came", "建档户次", "households", "filed", entry=CAME),
    recognitions("left", "退档和注销户次", "households", "ended", ending=(*RELIEVED, *CANCELLED)),
    Difference(
        "hardship.net_growth",
        "在档困难职工净增户数",
        source=REPORT,
        minuend="hardship.came",
        subtrahend="hardship.left",
    ),
    # 在档职工解困脱困率: of all who were to be relieved, those still there and those relieved.
    Sum(
        "hardship.exit_base",
        "应解困脱困户数",
        source=PLAN,
        terms=("hardship.registered_households", "hardship.exited_households"),
    ),
    Ratio(
        "hardship.exit_rate",
        "在档困难职工解困脱困率",
        source=PLAN,
        numerator="hardship.exited_households",
        denominator="hardship.exit_base",
    ),
    # 2019年以前建档的全国级困难职工全部解困.
    on_file(
        "registered_national_old",
        "2019年以前建档的全国级困难职工在档户数",
        PLAN,
        level=NATIONAL,
        filed_on__lte=OLD,
    ),
    exited(
        "exited_national_old",
        "2019年以前建档的全国级困难职工解困脱困户数",
        PLAN,
        level=NATIONAL,
        filed_on__lte=OLD,
    ),
    Sum(
        "hardship.exit_base_national_old",
        "2019年以前建档的全国级困难职工应解困脱困户数",
        source=PLAN,
        terms=("hardship.registered_national_old", "hardship.exited_national_old"),
    ),
    Ratio(
        "hardship.exit_rate_national_old",
        "2019年以前建档的全国级困难职工解困脱困率",
        source=PLAN,
        numerator="hardship.exited_national_old",
        denominator="hardship.exit_base_national_old",
    ),
    paid("relief_amount", "困难帮扶救助金额", "amount"),
    paid("relief_households", "帮扶困难职工户数", "households"),
    paid("relief_persons", "帮扶救助人数", "persons"),
    paid("relief_person_times", "帮扶救助人次", "person_times"),
    paid(
        "families_aided",
        "助学就业帮扶困难职工家庭数",
        "households",
        kind=STUDY_OR_JOB,
    ),
    paid("study_job_amount", "助学就业帮扶金额", "amount", kind=STUDY_OR_JOB),
    paid("study_aid_persons", "金秋助学受助人数", "persons", kind=AidKind.STUDY.value),
    paid("study_aid_amount", "金秋助学金额", "amount", kind=AidKind.STUDY.value),
    paid("medical_aid_amount", "医疗救助金额", "amount", kind=AidKind.MEDICAL.value),
    paid("central_amount", "中央财政帮扶资金发放额", "amount", source=FundSource.CENTRAL.value),
    visited("visits", "走访慰问困难职工人次", "person_times", kind=CONSOLED),
    visited("visit_households", "走访慰问困难职工户数", "households", kind=CONSOLED),
    raised("aid_fund", "助学就业帮扶筹资额", purpose=FundEntry.Purpose.STUDY_JOB_AID.value),
    raised("visit_fund", "送温暖筹资额", campaign=FundEntry.Campaign.WARMTH.value),
    raised("stay_fund", "就地过年、稳岗留工筹资额", campaign=FundEntry.Campaign.STAY_LOCAL.value),
    evaluated(
        "evaluated_households",
        "第三方评估抽查户数",
        *(verdict for verdict in Verdict if verdict != Verdict.MISSED),
    ),
    evaluated(
        "evaluation_verified",
        "第三方评估核实户数",
        *(Verdict.ACCURATE, Verdict.WRONG, Verdict.WRONGLY_CLOSED),
    ),
    evaluated("evaluation_accurate", "第三方评估准确户数", Verdict.ACCURATE),
    evaluated("evaluation_wrong", "第三方评估错评户数", Verdict.WRONG),
    evaluated("evaluation_wrongly_closed", "第三方评估错退户数", Verdict.WRONGLY_CLOSED),
    Indicator(
        "hardship.evaluation_missed",
        "第三方评估漏评户数",
        source=EVALUATION,
        dataset="hardship.evaluations",
        measure="households",
        date="closed",
        filters={"verdict": Verdict.MISSED.value},
    ),
    # 准确率 = 准确 / 核实: who could not be verified says nothing for or against.
    Ratio(
        "hardship.evaluation_accuracy",
        "第三方评估准确率",
        source=EVALUATION,
        numerator="hardship.evaluation_accurate",
        denominator="hardship.evaluation_verified",
    ),
)
