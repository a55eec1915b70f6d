"""The working screens of those who pay: what is owed, the batches, the bank, the books."""

from funds.admin import (  # noqa: F401 - registers them
    batches,
    books,
    payables,
    rebates,
    schemes,
    sizes,
)
