"""The procedures of money, a module for each road."""

from funds.workflows import audits, payments

__all__ = ["audits", "payments"]
