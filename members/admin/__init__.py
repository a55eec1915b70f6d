"""The working screens of the register."""

from members.admin import doubles, employers, people, transfers, unions  # noqa: F401 - registers them
