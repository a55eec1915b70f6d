"""The procedures of money, a module for each road."""

from funds.workflows import adjustments, collection, payments, rebates

__all__ = ["adjustments", "collection", "payments", "rebates"]
