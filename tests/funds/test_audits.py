"""What the auditors found: two sides, a term, and how much was put right."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core import inbox, workflow
from core.errors import Refused
from core.indicators import compute
from core.periods import Period
from funds.models import AuditFinding
from tests.factories import funds as money

pytestmark = pytest.mark.django_db

PAPER = b"%PDF-1.4 a paper"


def step(finding, name):
    return reverse(f"admin:funds_auditfinding_step_{name}", args=[finding.pk])


def test_the_auditor_puts_it_the_union_reports_the_auditor_closes(world, client):
    auditor, audited = world.user("funds_auditor"), world.user("finance_maker", world.own)
    finding = money.finding(world.own)
    client.force_login(auditor)
    client.post(step(finding, "issue"), {"comment": ""})
    finding.refresh_from_db()
    assert (finding.state, finding.due_on) == ("rectifying", finding.rectify_by)
    assert client.post(step(finding, "report"), {}).status_code == 403
    client.force_login(audited)
    paper = SimpleUploadedFile("收据.pdf", PAPER)
    posted = {"measures": "已补记入账", "rectified": "300.10", "evidence": paper, "comment": ""}
    client.post(step(finding, "report"), posted)
    finding.refresh_from_db()
    assert (finding.state, str(finding.rectified)) == ("reported", "300.10")
    assert finding.evidence.sha256
    client.force_login(auditor)
    page = client.get(reverse("admin:funds_auditfinding_change", args=[finding.pk]))
    assert "已补记入账" in page.content.decode()
    kept = client.get(reverse("file", args=[finding.evidence.token]))
    assert b"".join(kept.streaming_content) == PAPER
    client.post(step(finding, "close"), {"comment": "整改到位"})
    finding.refresh_from_db()
    assert (finding.state, finding.closed_on) == ("closed", timezone.localdate())


def test_more_than_was_found_is_not_put_right(world):
    finding = money.finding(world.own, state="rectifying")
    with pytest.raises(Refused, match="不能多于问题金额"):
        workflow.apply(
            finding,
            "report",
            by=world.user("finance_maker", world.own),
            measures="已补记入账",
            rectified=finding.amount + 1,
            evidence=None,
        )


def test_a_term_that_has_passed_is_mended_before_it_is_issued(world):
    finding = money.finding(world.own, rectify_by=datetime.date(2021, 4, 1))
    with pytest.raises(Refused, match="整改期限 2021-04-01 已过"):
        workflow.apply(finding, "issue", by=world.user("funds_auditor"))


def test_what_is_late_waits_marked_in_inbox_and_list(world, client):
    late = money.finding(world.own, state="rectifying", due_on=datetime.date(2021, 4, 1))
    money.finding(world.own, state="rectifying", due_on=datetime.date(2099, 4, 1))
    money.finding(world.own, state="closed", due_on=datetime.date(2021, 4, 1))
    audited = world.user("finance_maker", world.own)
    waiting = [entry for entry in inbox.waiting_for(audited) if "审计整改" in entry.what]
    assert (str(late), late.due_on) in [(entry.whose, entry.until) for entry in waiting]
    client.force_login(audited)
    page = client.get(reverse("admin:funds_auditfinding_changelist"), {"state": "overdue"})
    shown = page.content.decode()
    assert "整改逾期（2021-04-01）" in shown
    assert list(AuditFinding.objects.overdue(timezone.localdate())) == [late]


def test_the_rate_is_of_what_was_issued(world):
    for state in ("found", "dropped", "rectifying", "reported", "closed", "closed"):
        money.finding(world.own, state=state)
    codes = ["funds.audit_findings", "funds.audit_closed", "funds.audit_rectification"]
    found = compute(codes, organisation=world.city, period=Period.year(2021), by=None)
    assert [figure.value for figure in found] == [4, 2, 50]
