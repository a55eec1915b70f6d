"""勾稽: what figures of one report must agree on. Pure: figures in, contradictions out.

A rule applies when all of its figures are in the report; it names them by code.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

Number = int | Decimal


@dataclass(frozen=True)
class AtMost:
    """A part does not exceed its whole."""

    part: str
    whole: str

    @property
    def codes(self) -> tuple[str, ...]:
        return self.part, self.whole


@dataclass(frozen=True)
class Parts:
    """The parts are the whole, cut in pieces."""

    whole: str
    parts: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return self.whole, *self.parts


@dataclass(frozen=True)
class Balance:
    """Stock now = stock a year before + growth. Holds while no union entered or left the subtree,
    so it is asked of the whole tree only."""

    stock: str
    growth: str

    @property
    def codes(self) -> tuple[str, ...]:
        return self.stock, self.growth


RULES: tuple[AtMost | Parts | Balance, ...] = (
    AtMost("members.women", "members.total"),
    AtMost("members.migrant", "members.total"),
    AtMost("members.new_form_total", "members.total"),
    AtMost("members.new_form_total", "members.new_form_base"),  # a rate above 100 %
    AtMost("members.with_phone", "members.total"),
    AtMost("members.joined_women", "members.joined_persons"),
    AtMost("members.joined_migrant", "members.joined_persons"),
    AtMost("members.joined_new_form_workers", "members.joined_persons"),
    AtMost("members.joined_freight", "members.joined_persons"),
    AtMost("organisation.unions_established", "organisation.unions_total"),
    AtMost("organisation.new_form_unions", "organisation.unions_established"),
    AtMost("organisation.registered_unions", "organisation.unions_total"),
    AtMost(
        "organisation.eligible_enterprises_with_union_25", "organisation.eligible_enterprises_25"
    ),
    AtMost(
        "organisation.eligible_enterprises_with_union_100", "organisation.eligible_enterprises_100"
    ),
    AtMost("organisation.staffed_towns", "organisation.qualified_towns"),
    AtMost("organisation.fiscal_appropriation_areas", "organisation.districts_total"),
    AtMost("organisation.court_link_areas", "organisation.districts_total"),
    Parts(
        "hardship.registered_households",
        (
            "hardship.registered_deep",
            "hardship.registered_relative",
            "hardship.registered_accident",
        ),
    ),
    AtMost("hardship.registered_national", "hardship.registered_households"),
    AtMost("hardship.families_aided", "hardship.relief_households"),
    AtMost("hardship.study_aid_amount", "hardship.study_job_amount"),
    AtMost("hardship.study_job_amount", "hardship.relief_amount"),
    AtMost("hardship.central_amount", "hardship.relief_amount"),
    Parts(
        "funds.collected",
        ("funds.tax_collected", "funds.fiscal_collected", "funds.direct_collected"),
    ),
    Parts("funds.collected", ("funds.dues_collected", "funds.preparation_collected")),
    Parts(
        "funds.collected",
        (
            "funds.share_grassroots",
            "funds.share_town",
            "funds.share_district",
            "funds.share_municipal",
            "funds.share_provincial",
            "funds.share_national",
            "funds.share_held",
        ),
    ),
    # What was due is what was returned and what is not, less what was returned too much.
    Parts("funds.due_to_date", ("funds.returned_to_date", "funds.outstanding")),
    AtMost("funds.support_kept", "funds.share_grassroots"),
    AtMost("funds.returned_rebate_amount", "funds.returned_amount"),
    Parts(
        "honours.may1",
        ("honours.national_may1", "honours.provincial_may1", "honours.city_may1"),
    ),
    AtMost("honours.may1", "honours.awards_given"),
    AtMost("honours.collective_awards", "honours.awards_given"),
    AtMost("honours.hardship_models_amount", "honours.allowances_amount"),
    AtMost("competitions.reform_pilot_towns", "competitions.reform_pilots"),
    Parts(
        "competitions.persons",
        ("competitions.named_person_times", "competitions.reported_person_times"),
    ),
    AtMost("competitions.municipal_sessions", "competitions.sessions"),
    AtMost("competitions.skill_training_sessions", "competitions.training_sessions"),
    Balance("members.total", "members.net_growth"),
    Balance("hardship.registered_households", "hardship.net_growth"),
)


def wanted(codes: Iterable[str]) -> tuple[set[str], set[str]]:
    """Codes that the rules need beside those of the report: of the period, of the year before."""
    used = set(codes)
    now, before = set(), set()
    for rule in RULES:
        match rule:
            case AtMost(part, whole) if part in used:
                now.add(whole)
            case Parts(whole, parts) if whole in used:
                now.update(parts)
            case Balance(stock, growth) if stock in used:
                now.add(growth)
                before.add(stock)
    return now - used, before


def contradictions(
    values: Mapping[str, Number | None],
    before: Mapping[str, Number | None],
    labels: Mapping[str, str],
) -> Iterator[str]:
    """A Chinese sentence for each rule that does not hold; a figure without value is not asked."""
    for rule in RULES:
        match rule:
            case AtMost(part, whole):
                small, large = values.get(part), values.get(whole)
                if small is not None and large is not None and small > large:
                    yield f"“{labels[part]}”{small} 大于“{labels[whole]}”{large}，请核对明细。"
            case Parts(whole, parts):
                pieces = [values.get(part) for part in parts]
                if None not in pieces:
                    yield from unequal_parts(labels[whole], values.get(whole), pieces)
            case Balance(stock, growth):
                then, now, grown = before.get(stock), values.get(stock), values.get(growth)
                if None not in (then, now, grown) and then + grown != now:
                    yield (
                        f"“{labels[stock]}”上年末 {then}，本期{labels[growth]} {grown}，"
                        f"应为 {then + grown}，实为 {now}，请核对期间内的隶属关系和增减明细。"
                    )


def unequal_parts(
    label: str, whole: Number | None, parts: Iterable[Number | None]
) -> Iterator[str]:
    """A sentence when the parts of an additive figure do not make the whole."""
    numbers = [part for part in parts if part is not None]
    if whole is not None and sum(numbers) != whole:
        yield f"“{label}”分项之和 {sum(numbers)} 与总数 {whole} 不符，请核对明细。"
