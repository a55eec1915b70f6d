"""标准调整测算: which tier the open files would have under another line or other multiples.

The same rules as in a decision, over the means of all files at once; nothing is written.
"""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from core.models import Organisation, User
from hardship import rules
from hardship.models import Case, Standard, TierRule
from hardship.models.households import CaseQuerySet

NONE = "不符合"
UNKNOWN = "无法测算"


def open_files(organisation: Organisation, *, user: User) -> CaseQuerySet:
    """The open files of the subtree that the user sees, each reckoned by its own day's rules."""
    rows = Case.objects.visible_to(user).within(organisation).open()
    return rows.select_related("organisation")


@dataclasses.dataclass
class Outcome:
    """Households by (tier now, tier then), and what subsistence would cost now and then, in 元."""

    counts: Counter[tuple[str, str]]
    cost_now: Decimal = rules.ZERO
    cost_then: Decimal = rules.ZERO

    def summary(self) -> list[list[str]]:
        now = sum(count for (tier, _), count in self.counts.items() if tier in rules.TIERS)
        then = sum(count for (_, tier), count in self.counts.items() if tier in rules.TIERS)
        entering = self._between(outside_now=True)
        leaving = self._between(outside_now=False)
        return [
            ["现行标准下符合", str(now), f"{self.cost_now:,.2f}"],
            ["假设标准下符合", str(then), f"{self.cost_then:,.2f}"],
            ["新增", str(entering), f"{self.cost_then - self.cost_now:,.2f}"],
            ["退出", str(leaving), "—"],
        ]

    def _between(self, *, outside_now: bool) -> int:
        return sum(
            count
            for (now, then), count in self.counts.items()
            if (now in rules.TIERS) != outside_now and (then in rules.TIERS) == outside_now
        )

    def moves(self) -> list[list[str]]:
        label = {**rules.TIERS, "": NONE}
        return [
            [label.get(now, now), label.get(then, then), str(count)]
            for (now, then), count in sorted(self.counts.items())
        ]


def reckon(
    cases: CaseQuerySet, *, amount: Decimal | None, times: Mapping[str, Decimal | None]
) -> Outcome:
    """Every file by the rules of its day, and by the same with this line and these multiples."""
    means, found = cases.means(), Outcome(Counter())
    known: dict[tuple, tuple] = {}
    for case in cases:
        key = (case.organisation_id, case.applied_on)
        if key not in known:
            known[key] = (case.standard, case.tier_rules)
        standard, tier_rules = known[key]
        now = _assess(means[case.pk], standard and standard.line(), tier_rules, {})
        line = _line(standard, amount)
        then = _assess(means[case.pk], line, tier_rules, times)
        found.counts[now.tier if now else UNKNOWN, then.tier if then else UNKNOWN] += 1
        found.cost_now += rules.subsistence(now) if now and now.tier else rules.ZERO
        found.cost_then += rules.subsistence(then) if then and then.tier else rules.ZERO
    return found


def _line(standard: Standard | None, amount: Decimal | None) -> rules.Line | None:
    if amount is not None:
        return rules.Line(amount, "假设")
    return standard and standard.line()


def _assess(
    means: rules.Means,
    line: rules.Line | None,
    tier_rules: Mapping[str, TierRule],
    times: Mapping[str, Decimal | None],
) -> rules.Assessment | None:
    tried = []
    for row in tier_rules.values():
        rule = row.rule()
        other = times.get(row.tier)
        if other is not None and rule.net is not None:
            rule = dataclasses.replace(rule, net=dataclasses.replace(rule.net, times=other))
        tried.append(rule)
    try:
        return rules.assess(means, line, tried)
    except rules.Unassessable:
        return None
