"""Competitions for programs."""

from competitions.api import learning, programmes, results, taking_part

__all__ = ["learning", "programmes", "results", "taking_part"]
