"""The tables of money that come in and go out."""

from funds.sheets.entries import FundEntrySheet
from funds.sheets.results import PaymentResultSheet

__all__ = ["FundEntrySheet", "PaymentResultSheet"]
