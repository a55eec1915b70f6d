"""The procedures of money, a module for each road."""

from funds.workflows import payments

__all__ = ["payments"]
