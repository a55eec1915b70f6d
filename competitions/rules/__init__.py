"""Arithmetic of competitions: pure, each rule naming its document."""

from competitions.rules import eligibility, sizes

__all__ = ["eligibility", "sizes"]
