"""The shipped figures of money, a module for each subject, as data over the datasets."""

from funds.indicators import collection, entries, ledgers, payments, rebates, returns

__all__ = ["collection", "entries", "ledgers", "payments", "rebates", "returns"]
