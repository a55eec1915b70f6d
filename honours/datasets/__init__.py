"""What of honours may be counted, a module for each subject. Persons are masked there."""

from honours.datasets import awards, benefits, homes, studios

__all__ = ["awards", "benefits", "homes", "studios"]
