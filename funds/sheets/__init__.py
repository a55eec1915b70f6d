"""The tables of money that come in and go out."""

from funds.sheets.arrivals import BankArrivalSheet, WageDeclarationSheet
from funds.sheets.collection import CollectionLineSheet
from funds.sheets.entries import FundEntrySheet
from funds.sheets.results import PaymentResultSheet
from funds.sheets.sizes import SizeReturnSheet

__all__ = [
    "BankArrivalSheet",
    "CollectionLineSheet",
    "FundEntrySheet",
    "PaymentResultSheet",
    "SizeReturnSheet",
    "WageDeclarationSheet",
]
