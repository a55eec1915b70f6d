"""A synthetic city of any size: plausible, valid, the same for the same seed, written in sets.

Its districts, towns and accounts are those of the demo city. Every number in it has its check digit
and belongs to nobody. `plan` says which unions there are, `bodies` and `people` make the rows of
what belongs to them, `building` writes it all.
"""
