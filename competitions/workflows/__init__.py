"""The procedures of competitions, a module for each road."""

from competitions.workflows import (
    appeals,
    competitions,
    disqualifications,
    entries,
    innovations,
    participation,
)

__all__ = [
    "appeals",
    "competitions",
    "disqualifications",
    "entries",
    "innovations",
    "participation",
]
