"""The arithmetic of the register, a module for each subject: what is written, and what is counted.

Pure functions, no Django. What they refuse and what they return is told by `core.rules`.
"""
