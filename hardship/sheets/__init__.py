"""The tables of aid that come in and go out: files, families, money, visits,
grants, answers of authorities, the old register."""

from hardship.sheets import comparisons
from hardship.sheets.family import FamilySheet
from hardship.sheets.files import CaseSheet
from hardship.sheets.grants import GrantSheet
from hardship.sheets.money import ExpenseSheet, IncomeSheet
from hardship.sheets.takeover import TakeoverFamilySheet, TakeoverSheet
from hardship.sheets.takeover_grants import TakeoverGrantSheet
from hardship.sheets.visits import VisitSheet

__all__ = [
    "CaseSheet",
    "ExpenseSheet",
    "FamilySheet",
    "GrantSheet",
    "IncomeSheet",
    "TakeoverFamilySheet",
    "TakeoverGrantSheet",
    "TakeoverSheet",
    "VisitSheet",
    "comparisons",
]
