"""What of money may be counted, a module for each subject. Payees are masked there."""

from funds.datasets import collection, entries, ledgers, payments, rebates, returns

__all__ = ["collection", "entries", "ledgers", "payments", "rebates", "returns"]
