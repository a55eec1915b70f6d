"""The rows of the payment engine: pools, what is owed, batches and tries to pay, the books."""

from funds.models.batches import (
    AccountConfirmation,
    BankLayout,
    BankResult,
    Payment,
    PaymentBatch,
)
from funds.models.books import Account, JournalEntry, Posting
from funds.models.payables import AccountCorrection, Payable
from funds.models.pools import FundSource, Pool

__all__ = [
    "Account",
    "AccountConfirmation",
    "AccountCorrection",
    "BankLayout",
    "BankResult",
    "FundSource",
    "JournalEntry",
    "Payable",
    "Payment",
    "PaymentBatch",
    "Pool",
    "Posting",
]
