"""The tables of money that come in and go out."""

from funds.sheets.results import PaymentResultSheet
from funds.sheets.sizes import SizeReturnSheet

__all__ = ["PaymentResultSheet", "SizeReturnSheet"]
