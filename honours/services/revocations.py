"""Taking titles back: who proposes it, and what the authority's decision does."""

import datetime

from django.db import transaction

from core import workflow
from core.errors import Refused
from core.models import Decision, User
from core.services.records import require
from honours.models import Award, Revocation
from honours.services import awards


@transaction.atomic
def propose(award: Award, *, cause: str, finding: str, by: User) -> Revocation:
    """Propose to take a title back; the granting authority decides later."""
    require(by, "honours.add_revocation", award)
    locked = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    if locked.revoked_on:
        raise Refused(f"该荣誉已于 {locked.revoked_on} 撤销。", code="already_revoked")
    if Revocation.objects.filter(award=locked, state__in=["proposed", "reviewed"]).exists():
        raise Refused("该荣誉的撤销正在办理，请在列表中查看。", code="in_progress")
    made = Revocation(organisation=locked.organisation, award=locked, cause=cause, finding=finding)
    return workflow.begin(made, by=by)


def decide(
    row: Revocation,
    decision: Decision,
    *,
    authority: str,
    document_number: str,
    effective_on: datetime.date,
) -> None:
    """The effect of the decision: the title ends, and with it what it brings."""
    row.authority, row.document_number = authority, document_number
    row.effective_on = effective_on
    awards.revoke(
        row.award,
        on=effective_on,
        reason=row.get_cause_display(),
        document_number=document_number,
        by=decision.by,
    )
