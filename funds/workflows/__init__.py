"""The procedures of money, a module for each road."""

from funds.workflows import adjustments, payments

__all__ = ["adjustments", "payments"]
