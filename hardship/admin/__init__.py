"""The working screens of hardship: files, and the documents by which they are judged."""

from hardship.admin import files, standards  # noqa: F401 - registers them
