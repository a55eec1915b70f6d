"""A second way of knowing whose every cent is: the rules told once more, in fractions and whole
cents, and a list of what was owed and when it was paid. It shares nothing with what it judges."""

import calendar
import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

LEVELS = ("grassroots", "town", "district", "municipal", "provincial", "national", "held")
UPPER = LEVELS[1:6]
CITY = "city"


def month_end_after(day):
    """The last day of the month after that of `day`."""
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def parts_of(cents, percentages, order, eased=0):
    """The largest remainders of a positive amount; then a measure leaves some of it below."""
    exact = {level: Fraction(cents) * Fraction(each) / 100 for level, each in percentages.items()}
    parts = {level: floor(each) for level, each in exact.items()}
    left = sorted(exact, key=lambda level: (parts[level] - exact[level], order.index(level)))
    for level in left[: cents - sum(parts.values())]:
        parts[level] += 1
    for level in UPPER:
        stays = floor(Fraction(parts[level]) * Fraction(eased) / 100 + Fraction(1, 2))
        parts[level] -= stays
        parts["grassroots"] += stays
    return parts


@dataclass(frozen=True)
class Rule:
    place: str
    kind: str
    payer_class: str
    since: datetime.date
    percentages: tuple  # in the order of LEVELS
    order: tuple = LEVELS
    days: int | None = None  # until it is due; None: the end of the next month


@dataclass
class Payer:
    town: str
    unions: list = field(default_factory=list)  # (since, union)
    classes: list = field(default_factory=list)  # (since, class)
    is_small: bool = False  # by the register
    returned: dict = field(default_factory=dict)  # by year: whether it is small by its return


@dataclass
class Receipt:
    cents: int
    kind: str
    period: datetime.date
    entry: datetime.date
    payer: str | None
    union: str | None
    root: str | None = None  # that it takes back
    split: "Split | None" = None


@dataclass(frozen=True)
class Split:
    """What a receipt gives to whom; `due_on` of what is due of it."""

    rule: Rule
    eased: Fraction
    union: str | None
    town: str | None
    district: str | None
    known: bool
    parts: tuple  # in the order of LEVELS
    due_on: datetime.date


@dataclass
class Owed:
    """One amount that became due to a union."""

    union: str
    cents: int
    due_on: datetime.date
    booked: datetime.date
    custody: bool = False
    released: datetime.date | None = None
    taken: "Taken | None" = None
    is_rebate: bool = False


@dataclass
class Taken:
    """A return of some of it. `spells` are the times the money was with the union: from, until."""

    union: str
    owed: list
    spells: list = field(default_factory=list)

    @property
    def cents(self):
        return sum(each.cents for each in self.owed)

    def is_paid(self, day):
        return any(since <= day and (until is None or day < until) for since, until in self.spells)


@dataclass(frozen=True)
class Scheme:
    """A percentage of what small payers gave to some levels for periods of these days."""

    key: int
    first: datetime.date
    last: datetime.date | None
    threshold: int | None  # cents a year; None: small by size
    percent: Fraction
    base: tuple
    quarterly: bool
    needs_union: bool
    days: int  # until it is due

    def period(self, year, quarter):
        """The days of it in a year or quarter, or None."""
        begins, ends = (3 * quarter - 2, 3 * quarter) if quarter else (1, 12)
        first = datetime.date(year, begins, 1)
        last = datetime.date(year, ends, calendar.monthrange(year, ends)[1])
        first, last = max(first, self.first), min(last, self.last or last)
        return (first, last) if first <= last else None


@dataclass
class Rebate:
    """One that stands: what `payer` is given for a period of a year through `union`."""

    scheme: Scheme
    payer: str
    first: datetime.date
    last: datetime.date
    base: int
    cents: int
    union: str
    state: str = "claimed"
    owed: Owed | None = None


class Ledger:
    def __init__(self):
        self.rules, self.measures = [], []  # measures: (place, first, last, percent)
        self.homes = {}  # organisation: (since, what it stands under), the last one last
        self.payers: dict[str, Payer] = {}
        self.accounts: dict[str, bool] = {}
        self.receipts: dict[str, Receipt] = {}
        self.owed: list[Owed] = []
        self.rebates: list[Rebate] = []
        self.opening = 0  # what lay on the bank's account before
        self.books = defaultdict(list)  # by role and payee: (day, cents credited)

    # Whose a receipt is.

    def above(self, place, day):
        """The place and all that it stood under on a day."""
        found = [place]
        while place in self.homes:
            place = [under for since, under in self.homes[place] if since <= day][-1]
            found.append(place)
        return found

    def union_of(self, payer, day):
        unions = [union for since, union in self.payers[payer].unions if since <= day]
        return unions[-1] if unions else None

    def rule_of(self, places, kind, payer_class, day):
        for place in places:
            found = [
                rule
                for rule in self.rules
                if (rule.place, rule.kind, rule.payer_class) == (place, kind, payer_class)
                and rule.since <= day
            ]
            if found:
                return max(found, key=lambda rule: rule.since)
        raise LookupError(f"{kind} {payer_class} {day}")

    def split(self, receipt, version=None):
        """What a receipt is split into; with a version by the rule of that one."""
        whose = self.receipts[receipt.root] if receipt.root else receipt
        if version:
            rule, eased = version.rule, version.eased
            union, town, district = version.union, version.town, version.district
        else:
            place = whose.union or (self.payers[whose.payer].town if whose.payer else CITY)
            places = self.above(place, whose.period)
            kind = whose.kind
            if kind == "preparation" and whose.union:
                kind = "released"
            classes = self.payers[whose.payer].classes if whose.payer else []
            payer_class = [name for since, name in classes if since <= whose.period][-1:]
            rule = self.rule_of(places, kind, *payer_class or ["general"], whose.period)
            eased = next(
                (percent for place, first, last, percent in self.measures
                 if place in places and first <= whose.period <= last and whose.union),
                Fraction(0),
            )  # fmt: skip
            union = whose.union
            town = next((each for each in places if "town" in each), None)
            district = next((each for each in places if "district" in each), None)
        known = bool(whose.payer or whose.union)
        since = receipt.entry
        if rule.kind == "released":
            founded = [day for day, each in self.payers[whose.payer].unions if each == union]
            since = max(since, founded[0])
        due_on = (
            month_end_after(since)
            if rule.days is None
            else since + datetime.timedelta(days=rule.days)
        )
        made = Split(rule, eased, union, town, district, known, (), due_on)
        if receipt.root:
            left = whose.cents + sum(
                each.cents
                for each in self.receipts.values()
                if each.root == receipt.root and each.split and each is not receipt
            )
            after, before = (self.parts(made, cents) for cents in (left + receipt.cents, left))
            parts = tuple(new - old for new, old in zip(after, before, strict=True))
        else:
            parts = self.parts(made, receipt.cents)
        return Split(**made.__dict__ | {"parts": parts})

    @staticmethod
    def parts(split, cents):
        found = parts_of(
            cents, dict(zip(LEVELS, split.rule.percentages, strict=True)), split.rule.order,
            split.eased,
        )  # fmt: skip
        missing = [] if split.union else ["grassroots"]
        missing += [] if split.known else ["town", "district"]
        for level in missing:
            found["held"] += found[level]
            found[level] = 0
        return tuple(found[level] for level in LEVELS)

    # What comes of it.

    def distribute(self, numbers, day):
        """Receipts before the refunds of them, each by the rule of its receipt."""
        for number in sorted(numbers, key=lambda number: bool(self.receipts[number].root)):
            receipt = self.receipts[number]
            root = receipt.root and self.receipts[receipt.root].split
            receipt.split = self.split(receipt, root)
            self.book(receipt.split, day)
            self.credit("bank", None, -receipt.cents, day)

    def resplit(self, numbers, day):
        """Receipts once more with all their refunds, in the order in which these came."""
        for number in {self.receipts[each].root or each for each in numbers}:
            family = [number, *(n for n, each in self.receipts.items() if each.root == number)]
            former = [(self.receipts[n], self.receipts[n].split) for n in family]
            former = [(receipt, split) for receipt, split in former if split]
            for receipt, _ in former:
                receipt.split = None
            for receipt, old in former:
                root = receipt.root and self.receipts[receipt.root].split
                receipt.split = self.split(receipt, root)
                if receipt.split != old:
                    self.book(old, day, sign=-1)
                    self.book(receipt.split, day)

    def book(self, split, day, sign=1):
        for level, cents in zip(LEVELS, split.parts, strict=True):
            holder = getattr(split, {"grassroots": "union"}.get(level, level), None)
            if not cents:
                continue
            if level in ("grassroots", "town", "district") and holder:
                self.owe(holder, sign * cents, split.due_on, day)
            elif level == "held":
                self.credit("held", None, sign * cents, day)
            elif level in ("provincial", "national"):
                self.credit(f"upper_{level}", None, sign * cents, day)
            else:
                self.credit("income", None, sign * cents, day)

    def owe(self, union, cents, due_on, day, is_rebate=False):
        custody = not self.accounts[union]
        owed = Owed(union, cents, due_on, day, custody, is_rebate=is_rebate)
        self.owed.append(owed)
        self.credit("held" if custody else "return", union, cents, day)
        return owed

    def credit(self, role, payee, cents, day):
        self.books[role, payee].append((day, cents))

    def adjust(self, union, cents, day, against):
        self.owed.append(Owed(union, cents, day, day))
        self.credit("return", union, cents, day)
        self.credit(against, None, -cents, day)
        self.opening += cents if against == "bank" else 0

    def release(self, union, day):
        for each in [each for each in self.owed if each.union == union and each.custody]:
            if each.released is None:
                each.released = day
                self.credit("held", union, -each.cents, day)
                due_on = max(each.due_on, day)
                owed = self.owe(union, each.cents, due_on, day, is_rebate=each.is_rebate)
                for rebate in self.rebates:
                    if rebate.owed is each:
                        rebate.owed = owed

    # What small payers are given back.

    def earlier(self, scheme, payer, first):
        """What stands for the months before in the same year."""
        return [
            each
            for each in self.rebates
            if (each.scheme, each.payer, each.first.year) == (scheme, payer, first.year)
            and each.first < first
        ]

    def given(self, scheme, payer, last):
        """(base, cents) to which it comes for the year up to the last day of a period; None where
        nothing was paid."""
        year = datetime.date(last.year, 1, 1)
        paid = [
            each
            for each in self.receipts.values()
            if each.payer == payer and each.split and year <= each.period <= last
        ]
        if not paid:
            return None
        since = max(year, scheme.first)
        base = sum(
            cents
            for each in paid
            if each.period >= since
            for level, cents in zip(LEVELS, each.split.parts, strict=True)
            if level in scheme.base
        )
        whose = self.payers[payer]
        if scheme.threshold is None:
            is_small = whose.returned.get(last.year, whose.is_small)
        else:
            is_small = sum(each.cents for each in paid) < scheme.threshold
        if not is_small or (scheme.needs_union and not self.union_of(payer, last)):
            return base, 0
        return base, floor(base * scheme.percent / 100 + Fraction(1, 2))

    def rebate(self, scheme, payer, first, last):
        """What is to be given, or given back, for a period now; None where it is nothing."""
        found = self.given(scheme, payer, last)
        if found is None:
            return None
        (base, whole), before = found, self.earlier(scheme, payer, first)
        had = sum(each.cents for each in before)
        union = self.union_of(payer, last)
        if not (union or scheme.needs_union):
            union = self.payers[payer].town
        if whole < had:  # whoever was given it gives it back
            union = max(before, key=lambda each: each.first).union
        made = Rebate(scheme, payer, first, last, base, whole - had, union)
        return made if union and made.cents else None

    def entitled(self, scheme, first, last):
        """Everybody for whom nothing stands for this period, or for a later one of the year, which
        counted this one too."""
        listed = {
            each.payer
            for each in self.rebates
            if each.scheme == scheme and each.first.year == first.year and each.first >= first
        }
        found = (self.rebate(scheme, payer, first, last) for payer in set(self.payers) - listed)
        return [each for each in found if each]

    def is_true(self, row):
        """Whether it still is what would be given."""
        now = self.rebate(row.scheme, row.payer, row.first, row.last)
        return now is not None and (now.base, now.cents, now.union) == (
            row.base,
            row.cents,
            row.union,
        )

    def is_next(self, row):
        """Whether all before it in its year is approved."""
        before = self.earlier(row.scheme, row.payer, row.first)
        return all(each.state == "approved" for each in before)

    def approve(self, row, day):
        row.state = "approved"
        due_on = day + datetime.timedelta(days=row.scheme.days)
        row.owed = self.owe(row.union, row.cents, due_on, day, is_rebate=True)
        self.credit("rebate", None, -row.cents, day)

    def rebates_paid(self, day):
        owed = [each.owed for each in self.rebates if each.owed]
        return sum(each.cents for each in owed if each.taken and each.taken.is_paid(day))

    # What is returned of it.

    def claimable(self, until, is_rebate=False):
        """By union with an account what is open and due of rebates, or of all else."""
        found = defaultdict(list)
        for each in self.owed:
            is_open = not each.custody and each.taken is None and each.due_on <= until
            if is_open and each.is_rebate == is_rebate:
                found[each.union].append(each)
        return {
            union: owed
            for union, owed in found.items()
            if self.accounts[union] and sum(o.cents for o in owed) > 0
        }

    def take(self, union, owed):
        taken = Taken(union, owed)
        for each in owed:
            each.taken = taken
        return taken

    def confirm(self, taken, day):
        taken.spells.append((day, None))
        self.credit("return", taken.union, -taken.cents, day)
        self.credit("bank", None, taken.cents, day)

    def bounce(self, taken, day):
        since, _ = taken.spells.pop()
        taken.spells.append((since, day))
        self.credit("return", taken.union, taken.cents, day)
        self.credit("bank", None, -taken.cents, day)

    def free(self, taken):
        for each in taken.owed:
            each.taken = None

    # What it came to on a day.

    def position(self, union, day):
        """(due, paid, owed, over, not due, custody) in cents."""
        mine = [each for each in self.owed if each.union == union and each.booked <= day]
        due = sum(e.cents for e in mine if not e.custody and e.due_on <= day)
        later = sum(e.cents for e in mine if not e.custody and e.due_on > day)
        custody = sum(
            e.cents for e in mine if e.custody and (e.released is None or e.released > day)
        )
        paid = sum(e.cents for e in mine if e.taken and e.taken.is_paid(day))
        return due, paid, max(due - paid, 0), max(paid - due, 0), later, custody

    def balance(self, role, payee, day):
        return sum(cents for on, cents in self.books[role, payee] if on <= day)
