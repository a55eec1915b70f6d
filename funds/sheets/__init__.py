"""The tables of money that come in and go out."""

from funds.sheets.arrivals import BankArrivalSheet, WageDeclarationSheet
from funds.sheets.audits import AuditFindingSheet
from funds.sheets.budgets import BudgetSheet, FiscalTransferSheet
from funds.sheets.collection import CollectionLineSheet
from funds.sheets.entries import FundEntrySheet
from funds.sheets.results import PaymentResultSheet
from funds.sheets.sizes import SizeReturnSheet

__all__ = [
    "AuditFindingSheet",
    "BankArrivalSheet",
    "BudgetSheet",
    "CollectionLineSheet",
    "FiscalTransferSheet",
    "FundEntrySheet",
    "PaymentResultSheet",
    "SizeReturnSheet",
    "WageDeclarationSheet",
]
