"""Households in need, made up: who lives in them, what comes in and must be spent. No Django.

An applicant is a member of the roster; his family are new people. Means are made so that they come
to a wanted share of the minimum-living line of the day; what tier that is, the rules say.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from stdnum import luhn

from demo.names import Chance, Registry
from demo.rows import Member

# By the main cause: how often, what the household spends a month for it, who bears it.
CAUSES = {"own_illness": 30, "kin_illness": 18, "schooling": 17, "low_income": 11,
          "disability": 9, "single_parent": 6, "laid_off": 6, "disaster": 3}  # fmt: skip
SPENT_FOR = {"own_illness": "medical", "kin_illness": "medical", "schooling": "education",
             "single_parent": "education", "disability": "care"}  # fmt: skip
ILLNESSES = ("尿毒症", "冠心病", "糖尿病并发症", "肺部肿瘤", "脑梗死后遗症", "系统性红斑狼疮")
# By the age up to which one goes there.
SCHOOLS = {12: ("解放路小学", "港口小学"), 15: ("市实验中学", "江北中学"),
           18: ("市第一中学", "江城中等职业学校"), 99: ("江城大学", "江城师范学院",
           "江城职业技术学院")}  # fmt: skip
DISABILITIES = ("肢体二级", "视力三级", "听力二级", "精神二级")
HOUSINGS = {"rented": 4, "bought": 3, "public": 2, "built": 2, "unit": 1}
BANKS = ("江城银行新街支行", "江城银行港口支行", "江城农商银行城东支行", "江城农商银行临港支行")
CARDS = "629999"  # a range that no bank was given
# Who lives together, beside the applicant, and how often.
FAMILIES = {("spouse", "child"): 40, ("spouse", "child", "child"): 16, ("child",): 14,
            ("spouse", "child", "parent"): 14, ("spouse",): 9, ("parent",): 5, (): 2}  # fmt: skip


class Relative(NamedTuple):
    """One who lives in the household; the applicant is the first, under `self`."""

    relation: str
    name: str
    number: str
    employment: str
    illness: str = ""
    disability: str = ""
    school: str = ""


class Flow(NamedTuple):
    """So much comes, or must be spent, every month by the member at a place of the list."""

    who: int
    kind: str
    amount: Decimal


class Family(NamedTuple):
    """A household as it declares itself. Codes are values of the choices of `hardship.models`."""

    organisation: str
    members: tuple[Relative, ...]
    cause: str
    incomes: tuple[Flow, ...]
    expenses: tuple[Flow, ...]
    loss: Decimal  # by a sudden event, once; 0 without one
    housing: str
    area: int
    address: str
    phone: str
    bank: str
    account: str
    is_migrant: bool

    @property
    def applicant(self) -> Relative:
        return self.members[0]

    @property
    def yearly(self) -> Decimal:
        """Income of twelve months, in yuan."""
        return sum((flow.amount for flow in self.incomes), Decimal(0)) * 12


class Households:
    """Makes up families, each with people and an account of its own."""

    def __init__(self, chance: Chance, registry: Registry, accounts: int = 0) -> None:
        """`accounts` have been opened before."""
        self.chance, self.registry = chance, registry
        self._accounts = accounts

    def family(self, member: Member, *, line: int, times: float, on: datetime.date) -> Family:
        """The household of a member whose net income a head is about `times` the line."""
        chance = self.chance
        cause = "disaster" if times > 2 else chance.weighted(CAUSES)
        relations: Sequence[str] = chance.weighted(FAMILIES)
        if cause == "single_parent":
            relations = ("child",)
        elif cause in {"schooling", "kin_illness"} and len(relations) < 2:
            relations = ("spouse", "child")
        members = (self._applicant(member, cause), *self._relatives(member, relations, cause, on))
        spent = self._spent(cause, members)
        wanted = Decimal(int(line * times * len(members) / 10) * 10)
        incomes = self._earned(wanted + sum((flow.amount for flow in spent), Decimal(0)), members)
        yearly = sum((flow.amount for flow in incomes), Decimal(0)) * 12
        self._accounts += 1
        return Family(
            organisation=member.organisation,
            members=members,
            cause=cause,
            incomes=incomes,
            expenses=spent,
            loss=(yearly * Decimal("0.9")).quantize(Decimal(1)) if times > 2 else Decimal(0),
            housing=chance.weighted(HOUSINGS),
            area=chance.between(38, 92),
            address=f"江城市{chance.between(1, 60)}号院{chance.between(1, 18)}幢"
            f"{chance.between(101, 1804)}室",
            phone=member.phone or self.registry.phone(),
            bank=chance.one(BANKS),
            account=account(self._accounts),
            is_migrant=member.is_migrant_worker,
        )

    def _applicant(self, member: Member, cause: str) -> Relative:
        chance = self.chance
        return Relative(
            "self",
            member.name,
            member.number,
            {"own_illness": "sick", "laid_off": "waiting"}.get(cause, "working"),
            illness=chance.one(ILLNESSES) if cause == "own_illness" else "",
            disability=chance.one(DISABILITIES) if cause == "disability" else "",
        )

    def _relatives(
        self, member: Member, relations: Sequence[str], cause: str, on: datetime.date
    ) -> list[Relative]:
        chance, registry, found = self.chance, self.registry, []
        born = int(member.number[6:10])
        ill = cause == "kin_illness"
        for relation in relations:
            sex = "男" if chance.happens(0.5) else "女"
            name = registry.name(sex)[0]
            if relation == "spouse":
                sex, year = ("女" if member.sex == "男" else "男"), born + chance.between(-3, 3)
                name = registry.name(sex)[0]
                works = not ill and chance.happens(0.5)
                employment = "working" if works else "unemployed"
            elif relation == "parent":
                year, employment = born - chance.between(22, 30), "retired"
            else:
                # A child goes to school: between six and twenty-one.
                year, employment = on.year - chance.between(8, 20), "student"
                if member.name[0] not in name:
                    name = member.name[0] + name[1:]
            day = chance.day(datetime.date(year, 1, 1), datetime.date(year, 12, 28))
            found.append(
                Relative(
                    relation,
                    name,
                    registry.number(day, sex),
                    employment,
                    illness=chance.one(ILLNESSES) if ill else "",
                    school=self._school(on.year - year) if relation == "child" else "",
                )
            )
            ill = False
        return found

    def _school(self, age: int) -> str:
        return self.chance.one(next(named for last, named in SCHOOLS.items() if age <= last))

    def _spent(self, cause: str, members: Sequence[Relative]) -> tuple[Flow, ...]:
        chance = self.chance
        who = 0
        if cause == "kin_illness":
            who = 1
        elif cause == "schooling":
            who = next((at for at, one in enumerate(members) if one.school), 0)
        return (Flow(who, SPENT_FOR.get(cause, "rent"), Decimal(chance.between(9, 26) * 100)),)

    def _earned(self, total: Decimal, members: Sequence[Relative]) -> tuple[Flow, ...]:
        """The monthly income of the household, spread over those who have one."""
        earners = [at for at, one in enumerate(members) if at == 0 or one.employment in _INCOMES]
        part = (total / len(earners) / 10).quantize(Decimal(1)) * 10
        rest = total - part * (len(earners) - 1)
        return tuple(
            Flow(at, _INCOMES.get(members[at].employment, "benefit"), rest if at == 0 else part)
            for at in earners
        )


_INCOMES = {"working": "wage", "sick": "wage", "retired": "pension"}


def account(place: int) -> str:
    """The card number at a place below a hundred thousand millions, with a right check digit."""
    body = f"{CARDS}{place * 7_368_787 % 1_000_000_000_000:012}"
    return body + luhn.calc_check_digit(body)
