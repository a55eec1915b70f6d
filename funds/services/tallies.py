"""What many parts of receipts come to: dues by payee, and amounts for one entry in the books."""

import datetime
from collections import defaultdict
from decimal import Decimal

from core.bulk import batched, draft
from core.models import Organisation
from funds.models import Account, Due, SplitRule
from funds.rules import due_dates
from funds.rules.shares import (
    DISTRICT,
    GRASSROOTS,
    HELD,
    MUNICIPAL,
    NATIONAL,
    PROVINCIAL,
    TOWN,
    Cents,
    yuan,
)
from funds.services import distributions
from funds.services.rulebook import ASKED, Ruling
from members.models import UnionProfile

Role, Source = Account.Role, Due.Source
UPWARDS = {
    MUNICIPAL: Role.UPPER_MUNICIPAL,
    PROVINCIAL: Role.UPPER_PROVINCIAL,
    NATIONAL: Role.UPPER_NATIONAL,
}


class Tally:
    """Sums of parts (分) as seen from the body that holds the money.

    Its own part is its income, and so is one of a town or district that is not there; parts of
    bodies above it are owed upwards, those of bodies below are dues.
    """

    def __init__(self, payer: Organisation) -> None:
        self.payer = payer.pk
        self.upwards = dict(UPWARDS)
        if payer.level == Organisation.Level.MUNICIPAL:
            del self.upwards[MUNICIPAL]
        self.whole = 0
        self.income = 0
        self.held = 0
        self.upper = dict.fromkeys(self.upwards, 0)
        self.dues: dict[tuple, int] = defaultdict(int)
        self._due_dates: dict[tuple, datetime.date] = {}

    def add(
        self,
        cents: Cents,
        ruling: Ruling,
        *,
        period: datetime.date,
        since: datetime.date,
        sign: int = 1,
    ) -> None:
        """Parts of one receipt paid for `period`; the days until they are due count from `since`.
        `sign` is -1 where they no longer count."""
        rule = ruling.rule
        released = rule.kind == SplitRule.Kind.RELEASED
        key = (
            Source.PREPARATION if released else Source.SHARE,
            period.replace(day=1),
            self._due_on(rule, since),
        )
        whole = 0
        for place, holder in (
            (GRASSROOTS, ruling.union),
            (TOWN, ruling.town),
            (DISTRICT, ruling.district),
        ):
            if part := cents[place] * sign:
                whole += part
                if holder is None or holder == self.payer:
                    self.income += part
                else:
                    self.dues[holder, *key] += part
        for place in (MUNICIPAL, PROVINCIAL, NATIONAL):
            if part := cents[place] * sign:
                whole += part
                if place in self.upper:
                    self.upper[place] += part
                else:
                    self.income += part
        if part := cents[HELD] * sign:
            whole += part
            self.held += part
        self.whole += whole

    def _due_on(self, rule: SplitRule, since: datetime.date) -> datetime.date:
        key = since, rule.due_after, rule.due_days
        if key not in self._due_dates:
            self._due_dates[key] = due_dates.due_on(*key)
        return self._due_dates[key]

    def unsaved_dues(self) -> list[Due]:
        """The dues, in the order of payees and days; held for whoever has no account of its own."""
        held = without_account({payee for payee, *_ in self.dues})
        return [
            draft(
                Due,
                {
                    "organisation_id": payee,
                    "source": source,
                    "period": period,
                    "due_on": due_on,
                    "amount": yuan(cents),
                    "is_custody": payee in held,
                },
            )
            for (payee, source, period, due_on), cents in sorted(self.dues.items())
            if cents
        ]

    def amounts(self, dues: list[Due]) -> dict[tuple[str, int | None], Decimal]:
        """What is posted, by role and payee; debit above zero."""
        found = distributions.owed(dues)
        found[Role.BANK.value, None] += yuan(self.whole)
        found[Role.INCOME.value, None] -= yuan(self.income)
        found[Role.HELD.value, None] -= yuan(self.held)
        for place, cents in self.upper.items():
            found[self.upwards[place].value, None] -= yuan(cents)
        return found


def without_account(payees: set[int]) -> set[int]:
    """Those for whom money is kept in custody: their particulars say they have no account."""
    return {
        key
        for keys in batched(sorted(payees), ASKED)
        for key in UnionProfile.objects.filter(
            organisation__in=keys, has_own_account=False
        ).values_list("organisation", flat=True)
    }
