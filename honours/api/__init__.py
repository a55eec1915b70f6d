"""Honours for programs."""

from honours.api import awards, nominations

__all__ = ["awards", "nominations"]
