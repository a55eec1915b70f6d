"""The working screens of those who pay: what is owed, the batches, the bank, the books."""

from funds.admin import batches, books, payables, sizes  # noqa: F401 - registers them
