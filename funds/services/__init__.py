"""Every write of money: pools, payables, batches, bank files, results, books."""
