"""Households in need for programs: files on their road, what stands in them, who is asked."""

from hardship.api import aid, checks, files, papers, parts  # noqa: F401 - registers them
