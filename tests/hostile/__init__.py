"""What people and programs do to tables: every import survives it, every export is harmless.

The suite runs a seeded part of it in seconds; `pytest --hostile` runs all of it.
"""
