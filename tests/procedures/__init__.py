"""A small procedure for the tests of the mechanism: permits, which nobody needs."""
