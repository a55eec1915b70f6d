"""The catalogue of the test app: one of every kind."""

from core.indicators import (
    Change,
    Difference,
    Indicator,
    Manual,
    Ratio,
    Sum,
    Unit,
    register,
)

SOURCE = "测试"


def spells(code: str, measure: str, date: str, **filters) -> Indicator:
    return Indicator(
        f"city.{code}",
        f"测试{code}",
        dataset="city.spells",
        measure=measure,
        date=date,
        filters=filters,
        source=SOURCE,
    )


register(
    spells("joined", "rows", "joined"),
    spells("left", "rows", "left"),
    spells("standing", "rows", "in_force"),
    spells("people_joined", "people", "joined"),
    spells("people", "people", "in_force"),
    spells("ages", "ages", "joined", is_new=True),
    spells("couriers", "people", "in_force", group="courier"),
    spells("drivers_joined", "rows", "joined", group=("driver", "courier"), is_new=True),
    spells("women_grown", "rows", "in_force", sex="F", age__gte=36),
    spells("tagged", "rows", "joined", tag__isnull=False),
    spells("amount", "amount", "joined"),
    spells("women_amount", "amount", "joined", sex="F"),
    spells("owed", "owed", "in_force"),
    spells("women_owed", "owed", "in_force", sex="F"),
    spells("over", "over", "in_force"),
    spells("gone", "rows", "gone"),
    spells("person_times", "person_times", "joined"),
    Manual("city.base", "测试基数", unit=Unit.PERSON, is_stock=True, source=SOURCE),
    Manual("city.readers", "测试关注", unit=Unit.PERSON_TIME, source=SOURCE),
    Ratio(
        "city.courier_share",
        "测试占比",
        numerator="city.couriers",
        denominator="city.people",
        source=SOURCE,
    ),
    Ratio(
        "city.rate",
        "测试入会率",
        numerator="city.people",
        denominator="city.base",
        source=SOURCE,
    ),
    Difference(
        "city.net", "测试净增", minuend="city.joined", subtrahend="city.left", source=SOURCE
    ),
    Sum("city.turnover", "测试进出", terms=("city.joined", "city.left"), source=SOURCE),
    Change("city.joined_growth", "测试同比", of="city.joined", source=SOURCE),
    Change("city.joined_more", "测试同比增量", of="city.joined", relative=False, source=SOURCE),
)
