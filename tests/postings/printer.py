"""In place of the renderer of notices: notes what it was given."""

from core.publicity import Notice

PDF = b"%PDF-1.7 notice"
given: list[Notice] = []


def render(notice: Notice) -> bytes:
    given.append(notice)
    return PDF
