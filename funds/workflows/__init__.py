"""The procedures of money, a module for each road."""

from funds.workflows import collection, payments

__all__ = ["collection", "payments"]
