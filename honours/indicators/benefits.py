"""The shipped figures of what model workers were given, as data."""

from core.indicators import Indicator, register
from honours.models.allowances import OF_WANT, AllowanceKind
from honours.models.cares import CareKind

REPORT = "全委会年度工作报告"


def paid(code: str, label: str, measure: str, *kinds: str) -> Indicator:
    """Allowances that the bank confirmed in the period (流量)."""
    return Indicator(
        f"honours.{code}",
        label,
        source=REPORT,
        dataset="honours.allowances",
        measure=measure,
        date="paid",
        filters={"kind": kinds} if kinds else {},
    )


def cared(code: str, label: str, measure: str, kind: CareKind) -> Indicator:
    return Indicator(
        f"honours.{code}",
        label,
        source=REPORT,
        dataset="honours.cares",
        measure=measure,
        date="held",
        filters={"kind": kind.value},
    )


register(
    paid("allowances_amount", "发放劳模待遇金额", "amount"),
    paid("hardship_models", "困难劳模补助人数", "persons", *OF_WANT),
    paid("hardship_models_amount", "困难劳模补助金额", "amount", *OF_WANT),
    paid("spring_models", "春节慰问金发放人数", "persons", AllowanceKind.SPRING.value),
    paid("spring_models_amount", "春节慰问金金额", "amount", AllowanceKind.SPRING.value),
    cared("models_visited", "走访慰问劳模人数", "persons", CareKind.VISIT),
    cared("models_visit_amount", "慰问劳模金额", "amount", CareKind.VISIT),
    cared("model_checkup_persons", "劳模体检人数", "persons", CareKind.CHECKUP),
    cared("model_recuperation_persons", "劳模疗休养人数", "persons", CareKind.RECUPERATION),
)
