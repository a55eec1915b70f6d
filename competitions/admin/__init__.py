"""Screens of competitions in the admin."""

from competitions.admin import (
    entries,
    innovations,
    judging,
    learning,
    participation,
    programmes,
    results,
)

__all__ = [
    "entries",
    "innovations",
    "judging",
    "learning",
    "participation",
    "programmes",
    "results",
]
