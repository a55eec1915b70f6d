"""Writes of the ground floor: keyword-only functions that end in `by`, audited, atomic."""
