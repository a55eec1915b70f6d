"""The working screens of those who collect and pay: what comes in, what is owed, the books."""

from funds.admin import (  # noqa: F401 - registers them
    adjustments,
    arrivals,
    batches,
    books,
    collection,
    entries,
    payables,
    positions,
    rebates,
    returns,
    schemes,
    sizes,
)
