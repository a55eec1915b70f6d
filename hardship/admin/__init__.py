"""The working screens of hardship: files, and the documents by which they are judged."""

from hardship.admin import (  # noqa: F401 - registers them
    evaluation,
    evaluators,
    files,
    found,
    grants,
    standards,
)
