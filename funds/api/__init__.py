"""Money for programs."""

from funds.api import batches, collection

__all__ = ["batches", "collection"]
