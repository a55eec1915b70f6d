"""What of competitions may be counted."""

from competitions.datasets import competitions, innovations, learning

__all__ = ["competitions", "innovations", "learning"]
