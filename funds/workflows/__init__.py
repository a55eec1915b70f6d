"""The procedures of money, a module for each road."""

from funds.workflows import payments, rebates

__all__ = ["payments", "rebates"]
