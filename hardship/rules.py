"""Who is in hardship: arithmetic over the means of a household. Pure, exact, without Django.

Amounts are 元 with two places and are compared as they are, without division: a household stands
below the line when its money of the whole window is below line × persons × months. Only what is
shown is rounded. Two families of rules are known, and a city has rows of its own for either:

A: the notice of a city with the self-test of a hardship household (青岛市总工会, after 2020);
B: the older notices (遂宁安居区 2019 and others), which ask for income and net income apart.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ZERO = Decimal("0.00")
TIERS: Mapping[str, str] = {"deep": "深度困难", "relative": "相对困难", "accident": "意外致困"}
# 自然灾害, 重特大安全事故, 公共卫生事件, 社会安全事件: who was hurt in one need not show a loss.
PUBLIC_EVENTS = frozenset({"disaster", "safety", "epidemic", "security"})
# 五项保障 (notice on exits, 青岛 2017 and 2018).
GUARANTEES: Mapping[str, str] = {
    "medical": "医疗有保障",
    "employment": "就业有保障",
    "schooling": "子女就学有保障",
    "housing": "住房有保障",
    "insurance": "社会保障已落实",
}


class Unassessable(ValueError):
    """What is missing before anything can be computed, as a sentence."""


# What is known of a household.


@dataclass(frozen=True)
class Flow:
    """Money that comes or goes every month from `first` to `last` (first days of months, both
    included). Of expenditures, `rigid` is 刚性支出, `by_event` what a sudden event cost."""

    monthly: Decimal
    first: datetime.date
    last: datetime.date
    rigid: bool = False
    by_event: bool = False


@dataclass(frozen=True)
class Migrant:
    """A migrant worker (农民工): how long in one labour relation, and whether settled here."""

    employed_since: datetime.date | None
    settled: bool


@dataclass(frozen=True)
class Means:
    """A household on the day of its application. `event` is "" or the kind of a sudden event."""

    applied_on: datetime.date
    persons: int
    incomes: Sequence[Flow] = ()
    expenses: Sequence[Flow] = ()
    event: str = ""
    harmed: bool = False  # a member was hurt, disabled or killed in the event
    still_in_need: bool = False  # after what the government gives
    migrant: Migrant | None = None


class Totals(NamedTuple):
    """What came and went in a window of months, in 元 over the whole window."""

    months: int
    income: Decimal
    rigid: Decimal
    loss: Decimal


def month_of(day: datetime.date, before: int = 0) -> datetime.date:
    """The first day of the month that lies `before` months before that of the day."""
    count = day.year * 12 + day.month - 1 - before
    return datetime.date(count // 12, count % 12 + 1, 1)


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last day of that month if it is shorter."""
    month = month_of(day, -months)
    last = month_of(month, -1) - datetime.timedelta(days=1)
    return month.replace(day=min(day.day, last.day))


def months_between(first: datetime.date, last: datetime.date) -> int:
    """How many months from one month to another, both included; never below zero."""
    return max((last.year - first.year) * 12 + last.month - first.month + 1, 0)


def window(on: datetime.date, months: int) -> tuple[datetime.date, datetime.date]:
    """The full months before the month of the day: the first and the last of them."""
    return month_of(on, months), month_of(on, 1)


def totals(means: Means, months: int) -> Totals:
    first, last = window(means.applied_on, months)

    def within(flows: Iterable[Flow]) -> Decimal:
        parts = (
            flow.monthly * months_between(max(flow.first, first), min(flow.last, last))
            for flow in flows
        )
        return sum(parts, ZERO)

    return Totals(
        months,
        within(means.incomes),
        within(flow for flow in means.expenses if flow.rigid),
        within(flow for flow in means.expenses if flow.by_event),
    )


# What the documents ask.


@dataclass(frozen=True)
class Line:
    """The minimum-living line (低保标准): 元 for one person and month, and its document."""

    amount: Decimal
    document: str


@dataclass(frozen=True)
class Limit:
    """Money below `times` the line, or, `inclusive`, up to it."""

    times: Decimal
    inclusive: bool = False

    @property
    def sign(self) -> str:
        return "≤" if self.inclusive else "＜"

    def holds(self, money: Decimal, line: Decimal, persons: int, months: int) -> bool:
        bound = self.times * line * persons * months
        return money <= bound if self.inclusive else money < bound


@dataclass(frozen=True)
class TierRule:
    """What makes a household one of a tier. All conditions that are given must hold.

    `above`: the income lies above so many lines. `income` and `net` limit the monthly amount per
    head without and with deduction, of the rigid expenditure or, `net_of_event`, of the loss by
    the event. A tier with `event` is for those who met with one: then `loss_share` is the share of
    the year's income that the loss must exceed, and `harm_suffices` says that harm in a public
    event does without. `settled_months` is asked of migrant workers.
    """

    tier: str
    document: str
    months: int = 12
    above: Decimal | None = None
    income: Limit | None = None
    net: Limit | None = None
    net_of_event: bool = False
    event: bool = False
    loss_share: Decimal | None = None
    harm_suffices: bool = False
    after_aid: bool = False
    settled_months: int = 12


# The calculation, as it is shown and kept.


class Step(NamedTuple):
    """One line of the calculation: what, by which formula, with which result, after what."""

    label: str
    formula: str
    value: str
    document: str = ""


@dataclass(frozen=True)
class Assessment:
    """What the rules say of a household. `tier` is "" for one that fits none; `totals` are those
    of the rule that decided (of twelve months if none did)."""

    tier: str
    rule: TierRule | None
    totals: Totals
    persons: int
    line: Line
    steps: tuple[Step, ...]

    @property
    def net_monthly(self) -> Decimal:
        """Per head and month, rounded for people to read; nothing is compared with it."""
        return per_head(self.totals.income - self.totals.rigid, self.totals.months, self.persons)


def assess(means: Means, line: Line | None, rules: Sequence[TierRule]) -> Assessment:
    """Put a household to the rules in the order given; the first that fits is its tier.

    Raises `Unassessable`.
    """
    if means.persons < 1:
        raise Unassessable("尚未登记家庭成员，无法计算人均收入，请先登记申请人及共同生活的家人。")
    if line is None:
        raise Unassessable(
            f"没有 {means.applied_on} 适用的低保标准，请联系市总工会帮扶部门补登本区县标准。"
        )
    if not rules:
        raise Unassessable(
            f"没有 {means.applied_on} 适用的困难类别认定规则，请联系市总工会帮扶部门补登。"
        )
    steps = [Step("家庭人口", "共同生活的家庭成员", f"{means.persons} 人")]
    for months in sorted({rule.months for rule in rules}, reverse=True):
        steps += _means_steps(means, totals(means, months))
    steps.append(Step("低保标准", "每人每月", yuan(line.amount), line.document))
    found = None
    for rule in rules:
        conditions = list(_conditions(rule, means, line))
        fits = all(held for _, held in conditions)
        formula = "；".join(text if held else f"{text}（不满足）" for text, held in conditions)
        steps.append(Step(TIERS[rule.tier], formula, "符合" if fits else "不符合", rule.document))
        if fits:
            found = rule
            break
    return Assessment(
        tier=found.tier if found else "",
        rule=found,
        totals=totals(means, found.months if found else 12),
        persons=means.persons,
        line=line,
        steps=tuple(steps),
    )


def _means_steps(means: Means, sums: Totals) -> Iterator[Step]:
    first, last = window(means.applied_on, sums.months)
    span = f"{first.year}年{first.month}月至{last.year}年{last.month}月"
    yield Step(f"近 {sums.months} 个月家庭收入", f"各成员各项收入合计，{span}", yuan(sums.income))
    yield Step(f"近 {sums.months} 个月刚性支出", f"各项刚性支出合计，{span}", yuan(sums.rigid))
    shown = per_head(sums.income, sums.months, means.persons)
    yield Step("人均月收入", f"{yuan(sums.income)} ÷ {sums.months} ÷ {means.persons}", yuan(shown))
    shown = per_head(sums.income - sums.rigid, sums.months, means.persons)
    yield Step(
        "人均月净收入",
        f"（{yuan(sums.income)} − {yuan(sums.rigid)}）÷ {sums.months} ÷ {means.persons}",
        yuan(shown),
    )
    if means.event:
        yield Step("突发事件造成的支出和损失", f"各项合计，{span}", yuan(sums.loss))


def _conditions(rule: TierRule, means: Means, line: Line) -> Iterator[tuple[str, bool]]:
    """Each condition of the rule as people read it, and whether it holds."""
    sums = totals(means, rule.months)

    def holds(limit: Limit, money: Decimal) -> bool:
        return limit.holds(money, line.amount, means.persons, sums.months)

    if rule.event:
        yield "遭遇突发事件", bool(means.event)
    if rule.event and not _harm_suffices(rule, means) and rule.loss_share is not None:
        year = totals(means, 12)
        text = f"损失超过家庭年收入的 {plain(rule.loss_share * 100)}%"
        yield text, year.loss > rule.loss_share * year.income
    if rule.above is not None:
        text = f"人均月收入 ＞ {plain(rule.above)} × {yuan(line.amount)}"
        yield text, not holds(Limit(rule.above, inclusive=True), sums.income)
    if rule.income is not None:
        text = f"人均月收入 {rule.income.sign} {plain(rule.income.times)} × {yuan(line.amount)}"
        yield text, holds(rule.income, sums.income)
    if rule.net is not None:
        what = "扣除事件损失后人均月收入" if rule.net_of_event else "人均月净收入"
        text = f"{what} {rule.net.sign} {plain(rule.net.times)} × {yuan(line.amount)}"
        yield text, holds(rule.net, sums.income - (sums.loss if rule.net_of_event else sums.rigid))
    if rule.after_aid:
        yield "政府救助后仍有困难", means.still_in_need
    if means.migrant is not None:
        text = f"在本市长期居住且建立劳动关系满 {rule.settled_months} 个月"
        yield text, is_settled(means.migrant, means.applied_on, rule.settled_months)


def _harm_suffices(rule: TierRule, means: Means) -> bool:
    return rule.harm_suffices and means.harmed and means.event in PUBLIC_EVENTS


def is_settled(migrant: Migrant, on: datetime.date, months: int) -> bool:
    """Whether a migrant worker may be taken on file: lives here for long, and works here for so
    many full months (rule A: a year of labour relation in fact)."""
    since = migrant.employed_since
    if since is None or not migrant.settled:
        return False
    full = (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)
    return full >= months


def per_head(money: Decimal, months: int, persons: int) -> Decimal:
    """For people to read: rounded to the cent, half away from zero."""
    return (money / months / persons).quantize(Decimal("0.01"), ROUND_HALF_UP)


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


def plain(number: Decimal) -> str:
    """1.50 as 1.5, 100 as 100."""
    return f"{number.normalize():f}"


def subsistence(assessment: Assessment) -> Decimal:
    """What lifts the household to the line for a year: (line × persons − income) × 12, not below
    zero (the ceiling of 生活救助 in several cities). For estimates of cost."""
    year = assessment.totals.income * 12 / assessment.totals.months
    lack = assessment.line.amount * assessment.persons * 12 - year
    return max(lack, ZERO).quantize(Decimal("0.01"), ROUND_HALF_UP)


# What stands against a file, and what must be in order.


class VetoAnswer(NamedTuple):
    """One question of the one-vote vetoes (一票否决). `met` is None while it is not answered."""

    label: str
    met: bool | None
    exception_approved: bool = False


def veto_obstacle(answers: Iterable[VetoAnswer]) -> str:
    """What the vetoes leave in the way, or ""."""
    answers = list(answers)
    if open_ones := [answer.label for answer in answers if answer.met is None]:
        return f"一票否决情形尚有 {len(open_ones)} 项未核对：{'；'.join(open_ones)}。"
    against = [answer.label for answer in answers if answer.met and not answer.exception_approved]
    if against:
        return f"存在一票否决情形且没有经批准的例外：{'；'.join(against)}。"
    return ""


def persons_differ(registered: int, declared: int) -> str:
    """Where the form (家庭人口) contradicts the members that are entered, or ""."""
    if registered == declared:
        return ""
    return f"家庭人口填报 {declared} 人，登记的家庭成员为 {registered} 人，请核对后更正。"


def income_differs(reckoned: Decimal, declared: Decimal) -> str:
    """Where the form (家庭年收入) contradicts the sum of the incomes of its year, or ""."""
    if reckoned == declared:
        return ""
    return f"家庭年收入填报 {yuan(declared)}，按各项收入合计为 {yuan(reckoned)}，请核对后更正。"


def exit_obstacle(
    means: Means, line: Line | None, *, times: Decimal, guaranteed: Iterable[str]
) -> str:
    """Why a household is not out of hardship (脱困) yet, or "".

    Its net income per head reaches so many lines (often the edge line, 1.5), and all five
    guarantees are met (青岛市总工会 2018; the multiple differs by city).
    """
    if means.persons < 1 or line is None:
        raise Unassessable("没有家庭成员或适用的低保标准，无法核定是否脱困，请先补登。")
    sums = totals(means, 12)
    net = sums.income - sums.rigid
    if Limit(times).holds(net, line.amount, means.persons, 12):
        reached = yuan(per_head(net, 12, means.persons))
        return (
            f"人均月净收入 {reached}，未达到脱困标准（{plain(times)} × {yuan(line.amount)}，"
            f"{line.document}）。"
        )
    held = set(guaranteed)
    missing = [label for code, label in GUARANTEES.items() if code not in held]
    return f"五项保障尚未落实：{'、'.join(missing)}。" if missing else ""
