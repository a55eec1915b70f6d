"""The shipped figures of honours, a module for each subject, as data over the datasets."""

from honours.indicators import awards, benefits, homes, studios

__all__ = ["awards", "benefits", "homes", "studios"]
