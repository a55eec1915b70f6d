"""Money for programs."""

from funds.api import batches, collection, rebates

__all__ = ["batches", "collection", "rebates"]
