"""The procedures of competitions, a module for each road."""

from competitions.workflows import appeals, competitions, entries, innovations, participation

__all__ = ["appeals", "competitions", "entries", "innovations", "participation"]
