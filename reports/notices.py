"""Notices of publicities on official paper; the roof names `render` in NOTICE_RENDERER."""

from core.errors import Refused
from core.publicity import Notice
from reports import rendering
from reports.layout import Document, Paragraph, Run, Table
from reports.tasks import faces


def document(notice: Notice) -> Document:
    """The notice in the layout of a report: title, text, list, signature."""
    rows = tuple(tuple(Run(text) for text in row) for row in notice.rows)
    return Document(
        title=notice.title,
        blocks=(
            *(Paragraph((Run(text),)) for text in notice.paragraphs),
            Table("公示名单", notice.headings, rows, is_text=True),
        ),
        signature=notice.agency,
        date=notice.date,
    )


def render(notice: Notice) -> bytes:
    """The notice as PDF. Raises Refused where it cannot be printed, and says why."""
    try:
        return rendering.render(document(notice), faces()).pdf
    except rendering.RenderError as error:
        raise Refused(str(error), code="not_rendered") from error
