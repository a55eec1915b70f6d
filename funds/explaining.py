"""Why this amount: the split of one receipt told in sentences, with the document it goes by.

The sentences are made from the allocation as it was written: its rule, its measure, its parties.
What they calculate is calculated by the same rules again, and stands beside what was stored.
"""

from collections.abc import Iterator
from decimal import Decimal

from funds.models import Allocation, CollectionBatch, CollectionLine, Distribution, Due, SplitRule
from funds.rules import due_dates
from funds.rules.payments import fen
from funds.rules.shares import GRASSROOTS, LEVELS, UPPER, WHOLE, Ratio, yuan
from funds.services.rulebook import ratio

NAMES = {
    "grassroots": "基层工会",
    "town": "乡镇（街道）",
    "district": "区县（产业）",
    "municipal": "市级",
    "provincial": "省级",
    "national": "全国",
    "held": "代管",
}
DUE_AFTER = {
    SplitRule.DueAfter.DAYS: " {days} 天内",
    SplitRule.DueAfter.MONTH: "次月月底前",
    SplitRule.DueAfter.QUARTER: "下季度末前",
}


def explain(line: CollectionLine) -> list[str]:
    """Whose this receipt is and why, in sentences; of one that is not split yet, why not."""
    versions = Allocation.objects.filter(line=line).order_by("-is_live", "-pk")
    versions = list(
        versions.select_related(
            *["rule__organisation", "measure", "union", "town_union", "district_union"],
            *["distribution__organisation", "line__batch", "line__reverses"],
        )
    )
    if not versions or not versions[0].is_live:
        return [_not_split(line)]
    return list(_told(versions[0], versions[1:]))


def _not_split(line: CollectionLine) -> str:
    batch = line.batch
    if batch.state == CollectionBatch.State.REFUSED:
        return f"收缴批次“{batch}”已整批退回，这笔缴款不计入，也不分配。"
    return f"收缴批次“{batch}”现为“{batch.get_state_display()}”，分配后才有各级分成。"


def _told(version: Allocation, former: list[Allocation]) -> Iterator[str]:
    line, rule = version.line, version.rule
    yield (
        f"税票 {line.receipt_number}，{line.get_fund_kind_display()}，"
        f"所属期 {_period(line)}，{line.entry_on} 入库，金额 {line.amount:,} 元。"
    )
    yield (
        f"按所属期适用“{rule.get_kind_display()}·{rule.get_payer_class_display()}”分成规则："
        f"{rule.organisation}，文号 {rule.document_number}，自 {rule.valid_from} 起"
        f"{f'至 {rule.valid_to} 止' if rule.valid_to else ''}的所属期。"
    )
    if line.reverses:
        yield from _refunded(version)
    else:
        yield from _split(version)
    yield from _placed(version)
    yield from _due(version)
    for each in former:
        made = each.distribution
        yield (
            f"此前于 {made.on} 按“{each.rule}”分配（{made.get_kind_display()}），"
            "已被现在的分成替换，差额另行入账。"
        )


def _period(line: CollectionLine) -> str:
    first, last = line.period_first, line.period_last
    months = [f"{day.year}年{day.month}月" for day in (first, last)]
    return months[0] if months[0] == months[1] else "至".join(months)


def _split(version: Allocation) -> Iterator[str]:
    """Each part exactly and to the cent, who got what was left over, what a measure left below."""
    rule, amount = version.rule, version.amount
    made = ratio(rule, version.measure)
    cents = made.split(fen(amount))
    sign, given = (-1 if amount < 0 else 1), []
    for place, _ in made.parts:
        level = LEVELS[place]
        percent = getattr(rule, level)
        exact = amount * percent / WHOLE
        floor = sign * int(abs(exact) * 100)
        extra = "，另得尾差 1 分" if cents[place] != floor else ""
        given += [NAMES[level]] if extra else []
        yield (
            f"{NAMES[level]} {_plain(percent)}%：{amount:,} × {_plain(percent)}% = "
            f"{_plain(exact)} 元，计到分{extra}，为 {yuan(cents[place]):,} 元。"
        )
    if given:
        yield (
            f"尾差共 {len(given)} 分，按余数由大到小分给{'、'.join(given)}，"
            f"余数相同的{rule.get_tie_order_display()}。"
        )
    if version.measure:
        yield from _eased(version, made, cents)


def _eased(version: Allocation, made: Ratio, cents: list[int]) -> Iterator[str]:
    measure = version.measure
    less, stays = made.ease(cents)
    cut = "、".join(
        f"{NAMES[LEVELS[place]]} {yuan(cents[place] - less[place]):,} 元"
        for place in UPPER
        if cents[place] != less[place]
    )
    yield (
        f"按“{measure.name}”（{measure.document_number}）上缴部分缓减 {_plain(measure.percent)}%："
        f"{cut}，共 {yuan(stays):,} 元留在基层工会，基层工会为 {yuan(less[GRASSROOTS]):,} 元。"
    )


def _refunded(version: Allocation) -> Iterator[str]:
    """What it takes back: the parts of what was left less those of what is left."""
    root = version.line.reverses
    yield (
        f"这笔是退库，冲回税票 {root.receipt_number}（{root.amount:,} 元）的分成，"
        "按原缴款的规则计算：退库前所余金额的分成，减去退库后所余金额的分成。"
    )
    for level, part in version.parts().items():
        if part:
            yield f"{NAMES[level]}冲回 {-part:,} 元。"
    if version.support:
        yield f"其中冲回缓减留存 {-version.support:,} 元。"


def _placed(version: Allocation) -> Iterator[str]:
    """Who has each part, and where one went for which nobody stands."""
    payer = version.distribution.organisation
    holders = {
        "grassroots": version.union,
        "town": version.town_union,
        "district": version.district_union,
    }
    for level, holder in holders.items():
        part = getattr(version, level)
        if part and holder:
            yield f"{NAMES[level]}部分 {part:,} 元归“{holder}”。"
        elif part:
            yield f"没有{NAMES[level]}工会，该部分 {part:,} 元归收缴的“{payer}”。"
    if version.held and version.rule.held:
        yield f"{version.held:,} 元由“{payer}”代管，建会后按规定返还。"
    elif version.held and not version.line.match and version.line.union_id is None:
        yield (
            f"缴费单位尚未匹配，基层和乡镇、区县部分共 {version.held:,} 元由“{payer}”代管，"
            "确认缴费单位后重新分配。"
        )
    elif version.held:
        yield (
            f"所属期内该单位没有工会，基层工会部分 {version.held:,} 元由“{payer}”代管，建会后返还。"
        )


def _due(version: Allocation) -> Iterator[str]:
    """When it is due to each payee, and where it is held for want of an account."""
    rule, made, line = version.rule, version.distribution, version.line
    shares = {
        version.union_id: version.grassroots,
        version.town_union_id: version.town,
        version.district_union_id: version.district,
    }
    payees = [key for key, part in shares.items() if key and part and key != made.organisation_id]
    if not payees:
        return
    after = DUE_AFTER[rule.due_after].format(days=rule.due_days)
    if rule.kind == SplitRule.Kind.RELEASED:
        yield f"应返期限：建会后{after}。"
    else:
        last = due_dates.due_on(line.entry_on, rule.due_after, rule.due_days)
        yield f"应返期限：入库后{after}，即 {last}。"
    # A distribution gathers the dues of a payee: those of the month this line was paid for.
    dues = Due.objects.filter(
        source__in=[Due.Source.SHARE, Due.Source.PREPARATION],
        distribution=made,
        organisation__in=payees,
        period=(line.reverses or line).period,
    ).select_related("organisation", "released_by")
    kept = {due.organisation: due.released_by for due in dues.order_by("pk") if due.is_custody}
    for union, released in kept.items():
        then = f"，已于 {released.on} 转出" if released else "，开立独立账户后转出"
        yield f"“{union}”没有独立账户，其部分由“{made.organisation}”代管{then}。"
    if made.kind in {Distribution.Kind.RESPLIT, Distribution.Kind.FOUNDING}:
        yield f"{made.on} {made.get_kind_display()}，依据：{made.reason}。"


def _plain(number: Decimal) -> str:
    """Without zeros at the end, grouped."""
    return f"{number.normalize():,f}"
