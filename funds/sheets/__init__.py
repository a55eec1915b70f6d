"""The tables of money that come in and go out."""

from funds.sheets.audits import AuditFindingSheet
from funds.sheets.budgets import BudgetSheet, FiscalTransferSheet
from funds.sheets.entries import FundEntrySheet
from funds.sheets.results import PaymentResultSheet

__all__ = [
    "AuditFindingSheet",
    "BudgetSheet",
    "FiscalTransferSheet",
    "FundEntrySheet",
    "PaymentResultSheet",
]
