"""The documents by which the demo city judges its households in need, in force from 2018 on."""

import datetime
from decimal import Decimal

from core.models import Organisation, User
from core.services import records
from demo.places import CITY, LINES, OWN_LINE, TOWN_REVIEW
from hardship.models import DataCheck, GrantCap, Procedure, Standard, TierRule, VetoRule

BEGIN = datetime.date(2018, 1, 1)
AUTHORITIES = {CITY: "江政发", OWN_LINE: "临管发"}
VETOES = (
    ("homes", "拥有两套以上住房", False),
    ("vehicle", "拥有或经常使用机动车（受雇驾驶的除外）", True),
    ("luxury", "近两年内购买或高档装修商品住房", False),
    ("school", "子女在高收费私立学校就读或自费留学", False),
    ("business", "注册企业、开办店铺或雇用他人", True),
    ("refusal", "拒绝核对家庭经济状况或隐瞒收入、财产", False),
)
CAPS = {"": 30_000, "living": 9_000, "study": 10_000, "medical": 20_000, "job": 6_000}
_CHECKED = [
    DataCheck.Source.CIVIL_AFFAIRS,
    DataCheck.Source.VEHICLES,
    DataCheck.Source.REAL_ESTATE,
]


def enter(*, by: User) -> str:
    """Enter every document, the older ones with the day on which they ceased."""
    places = Organisation.objects.in_bulk([CITY, TOWN_REVIEW, OWN_LINE], field_name="code")
    rows = [*_standards(places), *_rules(places)]
    for row in rows:
        records.save(row, by=by)
    return f"{len(rows)} 项"


def _standards(places: dict[str, Organisation]) -> list[Standard]:
    found = []
    for code, lines in LINES.items():
        days = [BEGIN, *(datetime.date(year, 7, 1) for year in sorted(lines)[1:])]
        for (year, amount), since, until in zip(
            sorted(lines.items()), days, [*days[1:], None], strict=True
        ):
            found.append(
                Standard(
                    organisation=places[code],
                    document=f"{AUTHORITIES[code]}〔{year}〕{year - 2000}号",
                    amount=Decimal(amount),
                    since=since,
                    until=until,
                )
            )
    return found


def _rules(places: dict[str, Organisation]) -> list[TierRule | VetoRule | Procedure | GrantCap]:
    """Tiers by rule A, vetoes, ways and caps."""
    judged = {"organisation": places[CITY], "document": "江工发〔2018〕2号", "since": BEGIN}
    given = {**judged, "document": "江工发〔2018〕9号"}
    way = {"checked_sources": [source.value for source in _CHECKED], "since": BEGIN}
    return [
        TierRule(tier="deep", net_times=Decimal("1.00"), **judged),
        TierRule(tier="relative", net_times=Decimal("2.00"), **judged),
        TierRule(
            tier="accident",
            is_event=True,
            loss_share=Decimal("0.800"),
            harm_suffices=True,
            **judged,
        ),
        *(
            VetoRule(code=code, label=label, allows_exception=excepted, **judged)
            for code, label, excepted in VETOES
        ),
        Procedure(
            organisation=places[CITY],
            document="江工发〔2018〕3号",
            has_town_review=False,
            **way,
        ),
        Procedure(
            organisation=places[TOWN_REVIEW],
            document="东工发〔2018〕6号",
            has_town_review=True,
            **way,
        ),
        *(GrantCap(kind=kind, amount=Decimal(amount), **given) for kind, amount in CAPS.items()),
    ]
