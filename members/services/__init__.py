"""Writes of the register: keyword-only functions that end in `by`, audited, atomic."""
