"""Who may enter for an event: age, years in the trade, places of a unit.

The notice of each competition sets the limits (domain §4: 年龄, 从业年限, 每单位限报, 往届冠军); an
empty limit does not hold. Each rule returns the sentence that says what stands in the way, or "".
"""

import datetime


def age(born: datetime.date, on: datetime.date) -> int:
    """周岁 on a day: a year older from the birthday on. Who was born on 29 February has it on
    1 March of other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def outside_age(
    born: datetime.date, on: datetime.date, *, least: int | None, most: int | None
) -> str:
    years = age(born, on)
    if least is not None and years < least:
        return f"选手在比赛日（{on}）为 {years} 周岁，低于年龄下限 {least} 周岁，请另选选手。"
    if most is not None and years > most:
        return f"选手在比赛日（{on}）为 {years} 周岁，超过年龄上限 {most} 周岁，请另选选手。"
    return ""


def too_few_years(years: int | None, *, least: int | None) -> str:
    if least is None:
        return ""
    if years is None:
        return f"本赛项要求从业满 {least} 年，请填写从业年限。"
    return f"从业 {years} 年，不满本赛项要求的 {least} 年。" if years < least else ""


def longer_than_life(years: int | None, born: datetime.date, on: datetime.date) -> str:
    """Nobody has worked since before the age of sixteen (劳动法 Art. 15)."""
    possible = max(age(born, on) - 16, 0)
    if years is not None and years > possible:
        return f"从业 {years} 年与年龄不符（满 16 周岁至今 {possible} 年），请核对。"
    return ""


def over_limit(entered: int, *, most: int | None, unit: str, noun: str) -> str:
    """`entered` are the standing entries of the unit, without the one that is asked about."""
    if most is not None and entered >= most:
        return (
            f"本赛项每单位限报 {most} {noun}，“{unit}”已报 {entered} {noun}；"
            "要换人的，请先撤回其中的报名。"
        )
    return ""


def wrong_size(members: int, *, size: int) -> str:
    """A team is complete, not more and not less."""
    return "" if members == size else f"本赛项每队 {size} 人，现有 {members} 人，请补齐或减少。"
