"""The city that is loaded: the rosters its clerks hand in, and what happened later. No Django."""

from demo.contests import Contests
from demo.history import written
from demo.honours import Honours
from demo.payers import Payers
from demo.receipts import Receipts
from demo.register import Register
from demo.rosters import Rosters

SEED = 2021


class City(Rosters):
    """The whole city, the same for the same seed; `history` is what comes after the rosters,
    `register` the old files of households in need, `receipts` what employers paid, `honours` whom
    it honoured, `contests` the competitions of those years."""

    def __init__(self, seed: int = SEED) -> None:
        super().__init__(seed)
        self.history = written(self)
        self.register = Register(self, seed)
        self.payers = Payers(self, seed)
        self.receipts = Receipts(self, self.payers, seed)
        self.honours = Honours(self, seed)
        self.contests = Contests(self, seed)
