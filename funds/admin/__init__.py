"""The working screens of those who collect and pay: what comes in, what is owed, the books."""

from funds.admin import (  # noqa: F401 - registers them
    adjustments,
    arrivals,
    audits,
    batches,
    books,
    budgets,
    collection,
    distributions,
    entries,
    payables,
    positions,
    rebates,
    returns,
    schemes,
    sizes,
    splits,
)
