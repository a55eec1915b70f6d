"""The shipped figures of competitions."""

from competitions.indicators import competitions, learning

__all__ = ["competitions", "learning"]
