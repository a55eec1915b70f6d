"""The procedures of honours, a module for each road."""

from honours.workflows import allowances, homes, nominations, revocations, selections, studios

__all__ = ["allowances", "homes", "nominations", "revocations", "selections", "studios"]
