"""The working screens of those who collect and pay: what comes in, what is owed, the books."""

from funds.admin import arrivals, batches, books, collection, payables  # noqa: F401 - registers them
