"""The arithmetic of money, a module for each subject. Pure functions, no Django.

`payments` is what is paid and `bank_files` how a bank is told; `shares` whose a receipt is.
"""
