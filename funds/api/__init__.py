"""Money for programs."""

from funds.api import batches, rebates

__all__ = ["batches", "rebates"]
