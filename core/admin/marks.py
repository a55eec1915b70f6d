"""States as they are shown: a word, an icon and a colour, never the colour alone."""

from enum import Enum

from django.utils.html import format_html


class Mark(Enum):
    """The kinds of state and the icon of each; the colours are tokens of the face."""

    WAITING = "schedule"
    DONE = "check_circle"
    REFUSED = "error"
    INFO = "edit_note"
    OVER = "do_not_disturb_on"

    def of(self, word: str) -> str:
        return format_html(
            '<span class="mark mark-{}"><span class="material-symbols-outlined"'
            ' aria-hidden="true">{}</span>{}</span>',
            self.name.lower(),
            self.value,
            word,
        )
