"""States as they are shown: a word, an icon and a colour, never the colour alone.

Admin and portal draw the icon by the class of the state, each in its own face.
"""

from enum import Enum

from django.utils.html import format_html


class Mark(Enum):
    """The kinds of state, each a class of both faces; their colours are tokens."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    INFO = "info"
    OVER = "over"

    def of(self, word: str) -> str:
        return format_html('<span class="state state-{}">{}</span>', self.value, word)
