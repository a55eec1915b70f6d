"""The procedures of money, a module for each road."""

from funds.workflows import adjustments, audits, collection, payments, rebates

__all__ = ["adjustments", "audits", "collection", "payments", "rebates"]
