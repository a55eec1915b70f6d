"""The old register of households in need: files of 2018 to 2021, kept before this software.

What the yearly report of 2021 says of aid stands in the numbers below; the rest is filling. No
Django.
"""

import datetime
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from demo.households import Family, Households, Relative
from demo.names import Chance
from demo.needs import UNIONS
from demo.places import DISTRICTS, line
from demo.rosters import Rosters
from demo.rows import Member

OLD_NATIONAL = 180  # national files of 2018, of which the last were relieved in 2021
RELIEVED = 350  # other files that ended by 2021
RELIEVED_LATER = 170  # files that ended from 2022 on
STAYING = 1_300  # files that are kept to this day
FILED_IN_2021 = 186  # of those that stay

# Study and job aid of 2021: 544 households got 1,930,000 yuan.
UNIVERSITY, SCHOOL, JOB = 150, 280, 170  # grants
BOTH = 56  # households that got study and job aid
AMOUNTS = {"university": 5_000, "school": 3_000, "job": 2_000}
VISITS = 13_046  # condolences of 2021, in person-times

OTHER_AID = {
    "living": (620, 800, 3_600),
    "medical": (230, 2_000, 12_000),
    "warmth": (400, 500, 1_000),
}
EARLIER_AID = {2019: 160, 2020: 190}  # living aid of the years before
LEVELS = {"municipal": 52, "district": 30, "provincial": 10, "national": 8}
ENDINGS = {"out": 66, "handed_over": 26, "deceased": 5, "moved": 2, "duplicate": 1}
NATIONAL_ENDINGS = {"out": 70, "handed_over": 30}
TIMES = {0.5: 30, 0.8: 24, 1.3: 24, 1.7: 18, 2.6: 4}  # of the line that households had
FINDINGS = (
    "送上慰问金和慰问品。",
    "了解近况，宣讲帮扶政策。",
    "看望患病职工。",
    "了解子女就学情况。",
)


class OldFile(NamedTuple):
    """One file of the old register; `until` and `ending` are empty where it goes on."""

    family: Family
    tier: str
    level: str
    filed_on: date
    document: str
    until: date | None
    ending: str

    @property
    def head(self) -> str:
        return self.family.applicant.number


class OldGrant(NamedTuple):
    """What was paid to a household. `cause` is empty where it is that of the file."""

    head: str
    beneficiary: str
    kind: str
    source: str
    cause: str
    amount: int
    paid_on: date


class OldVisit(NamedTuple):
    """A condolence; who came, the district tells."""

    head: str
    district: str
    held_on: date
    finding: str


class Register:
    """The whole register, the same for the same seed."""

    def __init__(self, city: Rosters, seed: int) -> None:
        self.chance = Chance(seed)
        self._made = Households(self.chance, city.registry)
        people = iter(_candidates(city, self.chance))
        self.files: list[OldFile] = [*self._files(people)]
        self.grants: list[OldGrant] = []
        staying = [file for file in self.files if file.until is None]
        self._study_and_job([file for file in staying if file.filed_on.year < 2021])
        self._other_aid(staying)
        self.visits = self._visits(staying)

    # Files

    def _files(self, people: Iterable[Member]) -> Iterable[OldFile]:
        chance = self.chance
        people = iter(people)
        for place in range(OLD_NATIONAL):
            filed = chance.day(date(2018, 1, 8), date(2018, 12, 20))
            year = 2019 + place * 3 // OLD_NATIONAL
            until = chance.day(date(year, 3, 1), date(year, 12, 24))
            ending = chance.weighted(NATIONAL_ENDINGS)
            yield self._file(next(people), filed, until, ending, level="national")
        for _ in range(RELIEVED):
            filed = chance.day(date(2018, 2, 1), date(2020, 11, 30))
            until = chance.day(max(filed, date(2019, 3, 1)), date(2021, 12, 24))
            yield self._file(next(people), filed, until, chance.weighted(ENDINGS))
        for _ in range(RELIEVED_LATER):
            filed = chance.day(date(2018, 2, 1), date(2021, 11, 30))
            until = chance.day(date(2022, 2, 1), date(2025, 6, 30))
            yield self._file(next(people), filed, until, chance.weighted(ENDINGS))
        for place in range(STAYING):
            first, last = date(2018, 2, 1), date(2020, 12, 25)
            if place < FILED_IN_2021:
                first, last = date(2021, 1, 11), date(2021, 12, 20)
            yield self._file(next(people), chance.day(first, last), None, "")

    def _file(
        self, member: Member, filed: date, until: date | None, ending: str, level: str = ""
    ) -> OldFile:
        chance = self.chance
        times = chance.weighted(TIMES)
        district = member.organisation[:4]
        family = self._made.family(member, line=line(district, filed), times=times, on=filed)
        if not level:
            level = chance.weighted(LEVELS)
            if filed.year < 2019 and level == "national":
                level = "municipal"
        return OldFile(
            family=family,
            tier="accident" if times > 2 else "deep" if times < 1 else "relative",
            level=level,
            filed_on=filed,
            document=f"江工困〔{filed.year}〕{filed.month}号",
            until=until,
            ending=ending,
        )

    # What was paid in 2019 to 2021

    def _study_and_job(self, files: list[OldFile]) -> None:
        """Study aid for children, job aid for those who look for work; some households get both."""
        chance, add = self.chance, self.grants.append
        files = chance.random.sample(files, len(files))
        grown, young = [], []
        for file in files:
            if child := _student(file):
                (grown if int(child.number[6:10]) <= 2003 else young).append(file)
        aided = {"university": grown[:UNIVERSITY], "school": young[:SCHOOL]}
        for kind, several in aided.items():
            for file in several:
                source = chance.one(("municipal", "union"))
                if file.level == "national":
                    source = "central"
                day = chance.day(date(2021, 8, 2), date(2021, 9, 24))
                number = _student(file).number
                add(OldGrant(file.head, number, "study", source, "schooling", AMOUNTS[kind], day))
        known = {file.head for several in aided.values() for file in several}
        others = [file for file in files if file.head not in known]
        for file in [*aided["school"][:BOTH], *others[: JOB - BOTH]]:
            day = chance.day(date(2021, 3, 1), date(2021, 11, 26))
            add(OldGrant(file.head, file.head, "job", "municipal", "", AMOUNTS["job"], day))

    def _other_aid(self, staying: list[OldFile]) -> None:
        chance, add = self.chance, self.grants.append
        for kind, (count, low, high) in OTHER_AID.items():
            for file in chance.random.sample(staying, count):
                day = chance.day(max(file.filed_on, date(2021, 1, 6)), date(2021, 12, 28))
                source = "union" if kind == "warmth" else chance.one(("municipal", "county"))
                amount = chance.between(low // 100, high // 100) * 100
                add(OldGrant(file.head, file.head, kind, source, "", amount, day))
        for year, count in EARLIER_AID.items():
            known = [file for file in staying if file.filed_on.year < year]
            for file in chance.random.sample(known, count):
                day = chance.day(date(year, 1, 8), date(year, 12, 20))
                amount = chance.between(8, 30) * 100
                add(OldGrant(file.head, file.head, "living", "municipal", "", amount, day))

    # Visits of 2021

    def _visits(self, staying: list[OldFile]) -> list[OldVisit]:
        """Each household several times, no two on a day, in proportion to its days on file."""
        chance, last = self.chance, date(2021, 12, 30)
        spans = [(last - max(file.filed_on, date(2021, 1, 4))).days for file in staying]
        counts = chance.shares(VISITS, [min(span, 350) for span in spans], least=0)
        return [
            OldVisit(
                head=file.head,
                district=file.family.organisation[:4],
                held_on=last - datetime.timedelta(days=before),
                finding=chance.one(FINDINGS),
            )
            for file, span, count in zip(staying, spans, counts, strict=True)
            for before in chance.random.sample(range(span + 1), count)
        ]


def _student(file: OldFile) -> Relative | None:
    return next((one for one in file.family.members if one.school), None)


def _candidates(city: Rosters, chance: Chance) -> list[Member]:
    """Members of the districts since before 2018, who stay and have no file of these days."""
    history = city.history
    gone = {leave.number for leave in history.leaves} | {number for number, _ in history.kept}
    gone |= {change.number for change in history.transfers}
    left_out = {history.moved[0], *UNIONS, *(code for code, _, _ in history.closed)}
    members = [
        member for member in city.members
        if member.joined_on.year < 2018 and member.organisation[:4] in DISTRICTS
        and member.organisation not in left_out and member.number not in gone
    ]  # fmt: skip
    return chance.random.sample(members, OLD_NATIONAL + RELIEVED + RELIEVED_LATER + STAYING)
