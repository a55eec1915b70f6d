"""递补: who falls off the list is followed by a reserve."""

from core import workflow
from core.models import Decision
from honours.criteria import place_of
from honours.models import Nomination, Selection


def fall(row: Nomination, decision: Decision) -> None:
    """The candidate is out; where he was on the list, the next reserve moves up. For effects."""
    row.reserve_order = None
    if decision.source in Nomination.ON_LIST:
        move_up(row)


def move_up(fallen: Nomination) -> Nomination | None:
    """Put the next reserve on the list: of the same place first, else the first of all.

    Reserves stand in the order in which they were put behind. Nobody, if none waits or the
    selection is over.
    """
    selection = Selection.objects.get(pk=fallen.selection_id)
    if selection.state not in Selection.LISTED:
        return None
    waiting = list(selection.nominations.waiting_behind().select_related("organisation"))
    if not waiting:
        return None
    place = place_of(selection, fallen.organisation)
    near = [
        row
        for row in waiting
        if place and row.organisation.path.startswith(place.organisation.path)
    ]
    told = "本地名额空缺，按候补次序递补。" if near else "本地无候补，按全市候补次序递补。"
    return workflow.advance((near or waiting)[0], "move_up", reason=told)
