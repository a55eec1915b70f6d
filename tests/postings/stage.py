"""The people and the candidate of the tests of publicity."""

import copy
import datetime
from zoneinfo import ZoneInfo

from core import workflow
from core.models import Publicity
from core.services import publicity as publicities
from tests.factories.core import World, account_number
from tests.postings.models import Candidate

HERE = ZoneInfo("Asia/Shanghai")


def at(day: str, clock: str = "09:00") -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=HERE)


class Posting:
    """A candidate of one union, shown by the clerk of its district; two more people of the city."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clerk = world.user("aid_clerk", world.district)
        self.investigator = world.user("aid_reviewer", world.district)
        self.decider = world.user("aid_approver", world.district)
        self.candidate = self._enter("欧阳建国", account_number(30_001))

    def _enter(self, name: str, number: str) -> Candidate:
        made = Candidate(
            organisation=self.world.own,
            name=name,
            number=number,
            phone="13812345678",
            diagnosis="尿毒症",
        )
        return workflow.begin(made, by=None)

    def another(self) -> "Posting":
        """The same people and another candidate."""
        made = copy.copy(self)
        made.candidate = self._enter("李四", account_number(30_002))
        return made

    def post(self, **data: str) -> Publicity:
        """Through the step of the procedure."""
        workflow.apply(self.candidate, "show", by=self.clerk, **data)
        return self.publicity

    @property
    def publicity(self) -> Publicity:
        return Publicity.objects.on(self.candidate).get()

    @property
    def state(self) -> str:
        return Candidate.objects.get(pk=self.candidate.pk).state

    def sweep(self) -> int:
        return publicities.close_due()
