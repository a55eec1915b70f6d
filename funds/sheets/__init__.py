"""The tables of money that come in and go out."""

from funds.sheets.arrivals import BankArrivalSheet, WageDeclarationSheet
from funds.sheets.collection import CollectionLineSheet
from funds.sheets.entries import FundEntrySheet
from funds.sheets.results import PaymentResultSheet

__all__ = [
    "BankArrivalSheet",
    "CollectionLineSheet",
    "FundEntrySheet",
    "PaymentResultSheet",
    "WageDeclarationSheet",
]
