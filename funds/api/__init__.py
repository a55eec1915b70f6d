"""Money for programs."""

from funds.api import batches

__all__ = ["batches"]
