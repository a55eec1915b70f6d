"""Long work of the register."""

from functools import partial
from typing import Any

from django.urls import reverse

from core.jobs import Run, job
from members.models import DuplicateCandidate
from members.services import doubles


@job(doubles.KIND, label="查找疑似重复会员")
def find_duplicates(run: Run) -> dict[str, Any]:
    """Everybody in the scope of the job's organisation, one source of pairs a step."""
    organisation = run.job.organisation
    run.step("lapse", lambda: doubles.lapse(organisation))
    for done, (name, source) in enumerate(doubles.SOURCES.items()):

        def told(compared: int, done: int = done, name: str = name) -> None:
            run.progress(done, len(doubles.SOURCES), f"{name}，已比对 {compared:,} 对")

        run.step(name, partial(doubles.keep, source(organisation), organisation, told))
    waiting = DuplicateCandidate.objects.within(organisation).open().count()
    return {
        "summary": f"查找完毕，待核对的疑似重复会员有 {waiting:,} 对。"
        if waiting
        else "查找完毕，没有疑似重复会员。",
        "url": reverse("admin:members_duplicatecandidate_changelist"),
    }
