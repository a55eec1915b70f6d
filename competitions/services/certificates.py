"""Certificates: issued for prizes, printed in batches, verified by anybody, revoked.

The code on a certificate is a keyed hash over all that stands on it, with the key of the blind
indexes, which is never changed: paper lasts. Nobody without the key can make one up, and a row that
was changed behind the services is not recognised.
"""

import base64
import hmac
import io
import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from competitions.models import (
    Certificate,
    CertificateBatch,
    Competition,
    Result,
    TeamPrize,
)
from competitions.services import judging
from core import audit, jobs
from core.errors import Refused
from core.fields import blind_index
from core.models import User
from core.services import files, objections, records
from core.services.records import require

JOB = "competitions.certificates"
PRINT = "competitions.print_certificate"
OPEN_STATES = (Competition.State.AWARDED, Competition.State.ARCHIVED)
BYTES = 15  # of a signature: 120 bits, 24 letters
# Pages that anybody opens with one address in a day.
objections.PER_ADDRESS.setdefault("certificate", 120)


def signature(row: Certificate) -> str:
    """24 letters and digits over what stands on the certificate."""
    told = [
        *[row.number, row.recipient_name, row.unit_name, row.competition_name, row.event_name],
        *[row.prize, row.title_name, row.agency, row.document_number, row.issued_on.isoformat()],
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    drawn = blind_index("competitions.Certificate", text)[:BYTES]
    return base64.b32encode(drawn).decode()


def address(row: Certificate) -> str:
    """Where the certificate is verified; this is what its QR code says."""
    path = reverse("competitions:verify", args=[row.number, signature(row)])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def verified(number: str, code: str, *, address: str | None) -> Certificate | None:
    """The certificate of a number, if the code is its own. Each asking counts against floods."""
    objections.count_visit("certificate", address)
    if not number.isprintable():  # such as NUL, which PostgreSQL does not take
        return None
    row = (
        Certificate.objects.filter(number=number.strip()[:24])
        .select_related("result__award", "team_prize__award")
        .first()
    )
    given = code.strip().upper()
    if row is None or not given.isascii() or not hmac.compare_digest(signature(row), given):
        return None
    return row


def is_valid(row: Certificate) -> bool:
    """Neither the certificate nor the honour that came with it was revoked."""
    today = timezone.localdate()
    source = row.result or row.team_prize
    award = source.award
    revoked = award and award.revoked_on and award.revoked_on <= today
    return row.is_standing(today) and not revoked


# Issuing.


@transaction.atomic
def issue(competition: Competition, *, by: User) -> CertificateBatch:
    """Make the certificates of all prizes that have none, and ask for their print.

    None of a prize whose honour was revoked meanwhile, or whose certificate was revoked for good.
    """
    row = Competition.objects.select_for_update(of=("self",)).get(pk=competition.pk)
    require(by, PRINT, row)
    if row.state not in OPEN_STATES:
        raise Refused("竞赛发文表彰后才能制作证书。", code="wrong_state")
    made = Certificate.objects.exclude(revoked_for=Certificate.Cause.MISPRINT)
    results = Result.objects.filter(event__competition=row, awarded_on__isnull=False)
    results = results.exclude(prize="").exclude(pk__in=made.exclude(result=None).values("result"))
    results = results.exclude(award__revoked_on__isnull=False)
    teams = row.team_prizes.filter(awarded_on__isnull=False)
    teams = teams.exclude(award__revoked_on__isnull=False)
    teams = teams.exclude(pk__in=made.exclude(team_prize=None).values("team_prize"))
    results = list(results.with_names().select_related("award", "rule__title"))
    teams = list(teams.select_related("organisation", "title"))
    if not results and not teams:
        raise Refused("没有需要制作证书的获奖者，已制作的请在证书列表中查看。", code="nothing")
    batch = CertificateBatch(competition=row, made_by=by)
    batch.full_clean()
    batch.save()
    judging.trace(batch, {}, "make", by=by)
    first = _next_serial(row)
    drafts = [_of_result(one, row) for one in results] + [_of_team(one, row) for one in teams]
    for place, draft in enumerate(drafts, first):
        draft.batch = batch
        draft.number = f"{draft.issued_on.year}-{row.pk:05}-{place:03}"
    records.insert_many(drafts, by=by, action="competitions.certificate.issue")
    jobs.enqueue(
        JOB, by=by, organisation=row.organisation, parameters={"batch": batch.pk}, key=str(batch.pk)
    )
    return batch


def _next_serial(competition: Competition) -> int:
    """As numbers: as text, 999 comes after 1000."""
    stored = Certificate.objects.filter(batch__competition=competition)
    numbers = stored.values_list("number", flat=True)
    return 1 + max((int(number.rpartition("-")[2]) for number in numbers), default=0)


def _of(competition: Competition, **facts: Any) -> Certificate:
    return Certificate(
        competition_name=competition.name,
        agency=competition.host.split("、")[0] or competition.organisation.name,
        document_number=competition.award_document,
        **facts,
    )


def _of_result(row: Result, competition: Competition) -> Certificate:
    return _of(
        competition,
        organisation=row.organisation,
        result=row,
        recipient_name=row.entry.name,
        unit_name=row.entry.employer.name if row.entry.employer else row.organisation.name,
        is_personal=row.entry.is_single,
        event_name=row.event.name,
        prize=row.prize,
        title_name=row.title.name if row.title else "",
        issued_on=row.awarded_on,
    )


def _of_team(row: TeamPrize, competition: Competition) -> Certificate:
    return _of(
        competition,
        organisation=row.organisation,
        team_prize=row,
        recipient_name=row.organisation.name,
        is_personal=False,
        prize=row.prize,
        title_name=row.title.name if row.title else "",
        issued_on=row.awarded_on,
    )


# Printing.


def texts(row: Certificate) -> dict[str, str]:
    """What stands on the page of a certificate; see `reports.certificates`."""
    on = row.issued_on
    same_title = row.title_name and row.title_name != row.prize
    told = f"在{row.competition_name}"
    told += f"“{row.event_name}”赛项中，" if row.event_name else "中，"
    told += f"荣获{row.prize}" + (f"，被授予“{row.title_name}”称号" if same_title else "") + "。"
    number = f"证书编号：{row.number}"
    return {
        "heading": "荣誉证书",
        "number": f"{number}　{row.document_number}" if row.document_number else number,
        "name": row.recipient_name,
        "unit": f"（{row.unit_name}）" if row.unit_name else "",
        "text": told,
        "closing": "特发此证，以资鼓励。",
        "agency": row.agency,
        "date": f"{on.year}年{on.month}月{on.day}日",
        "check": "扫描二维码，可在工会平台核验本证书的真伪和效力。",
        "code": address(row),
    }


def draw(batch: CertificateBatch) -> bytes:
    """The certificates of a batch as PDF, by the renderer that the roof names."""
    rows = batch.certificates.order_by("pk")
    return import_string(settings.CERTIFICATE_RENDERER)([texts(row) for row in rows])


@transaction.atomic
def keep(batch: CertificateBatch, pdf: bytes) -> CertificateBatch:
    row = CertificateBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.file is None:
        row.file = files.store(
            io.BytesIO(pdf),
            name=f"{row}.pdf",
            media_type="application/pdf",
            permission=PRINT,
            organisation=row.competition.organisation,
            by=row.made_by,
        )
        row.save(update_fields=["file"])
    return row


@transaction.atomic
def revoke(certificate: Certificate, *, cause: str, reason: str, by: User) -> Certificate:
    """注销: whoever verifies it from today on reads that it does not hold. Only after a misprint
    another is made in its place."""
    row = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    require(by, "competitions.revoke_certificate", row)
    if row.revoked_on:
        raise Refused(f"该证书已于 {row.revoked_on} 注销。", code="revoked")
    if len(reason.strip()) < 4:
        raise Refused("请填写注销事由，不少于四个字。", code="reason_required")
    before = audit.snapshot(row)
    row.revoked_on, row.revoked_reason = timezone.localdate(), reason.strip()
    row.revoked_for = Certificate.Cause(cause)
    row.full_clean()
    row.save(update_fields=["revoked_on", "revoked_reason", "revoked_for"])
    judging.trace(row, before, "revoke", by=by, reason=row.revoked_reason)
    return row
