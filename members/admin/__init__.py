"""The working screens of the register."""

from members.admin import employers, people, transfers, unions  # noqa: F401 - registers them
