"""What the house costs, measured. `script/bench [SECTION …]` runs the sections.

A section is a module of this package with `measure(bench)`, which yields `Row`s. Its docstring's
first line is its heading.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

# In the order of docs/performance.md.
SECTIONS = ("lists", "imports", "indicators", "report", "funds", "sqlite")


class Row(NamedTuple):
    """One figure. `ratio` is to what `to` names; `met` is None where there is no goal."""

    what: str
    figure: float
    unit: str
    ratio: float | None = None
    to: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass
class Cost:
    """What a block took: seconds of wall and of CPU (this process and its ended children), and the
    highest resident memory of this process in it, in MB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """The cost of the block, filled in when it ends."""
    cost = Cost()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    cpu, wall = _cpu(), time.perf_counter()
    try:
        yield cost
    finally:
        cost.wall, cost.cpu = time.perf_counter() - wall, _cpu() - cpu
        status = Path("/proc/self/status").read_text()
        cost.peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def repeated(act: Callable[[], Any], times: int = 5) -> Cost:
    """The median cost of an act that is done some times, after once for warmth."""
    act()
    costs = []
    for _ in range(times):
        with measured() as cost:
            act()
        costs.append(cost)
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in _NAMES))


_NAMES = ("wall", "cpu", "peak")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below `percent` % of them."""
    return sorted(values)[max(0, -int(-len(values) * percent // 100) - 1)]
