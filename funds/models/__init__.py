"""The rows of money: what comes in, whose it is, what is owed and paid, the books."""

from funds.models.audits import AuditFinding
from funds.models.batches import (
    AccountConfirmation,
    BankLayout,
    BankResult,
    Payment,
    PaymentBatch,
)
from funds.models.books import Account, JournalEntry, Posting
from funds.models.budgets import BudgetChange, BudgetLine, FiscalTransfer
from funds.models.collection import (
    TAX_ITEMS,
    BankArrival,
    CollectionBatch,
    CollectionLine,
    FundKind,
    PayerAlias,
    WageDeclaration,
)
from funds.models.distributions import Adjustment, Allocation, Distribution, Due, Return
from funds.models.entries import FundEntry
from funds.models.payables import AccountCorrection, Payable
from funds.models.pools import FundSource, Pool
from funds.models.rebates import Rebate, RebateScheme, SizeReturn
from funds.models.splits import PayerClass, SpecialPayer, SplitRule, SupportMeasure

__all__ = [
    "TAX_ITEMS",
    "Account",
    "AccountConfirmation",
    "AccountCorrection",
    "Adjustment",
    "Allocation",
    "AuditFinding",
    "BankArrival",
    "BankLayout",
    "BankResult",
    "BudgetChange",
    "BudgetLine",
    "CollectionBatch",
    "CollectionLine",
    "Distribution",
    "Due",
    "FiscalTransfer",
    "FundEntry",
    "FundKind",
    "FundSource",
    "JournalEntry",
    "Payable",
    "PayerAlias",
    "PayerClass",
    "Payment",
    "PaymentBatch",
    "Pool",
    "Posting",
    "Rebate",
    "RebateScheme",
    "Return",
    "SizeReturn",
    "SpecialPayer",
    "SplitRule",
    "SupportMeasure",
    "WageDeclaration",
]
