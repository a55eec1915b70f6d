"""Objections against a publicity: taken in from anybody, settled by their procedure."""

import base64
import contextlib
import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from core import audit, workflow
from core.errors import Refused
from core.fields import blind_index
from core.models import Objection, Publicity, PublicVisit

# Submissions of one address, and of all on one publicity, within a day. A factory is one address.
PER_ADDRESS = {"objection": 10, "receipt": 60}
PER_PUBLICITY = 200
LETTERS = 16  # of a receipt code: 80 bits


def receive(
    publicity: Publicity,
    *,
    text: str,
    name: str = "",
    phone: str = "",
    form: uuid.UUID,
    address: str | None,
) -> str:
    """Take in an objection and return its receipt code. There is no `by`: nobody logs in for it.

    `form` is the number that the page gave to its form: the same form sent twice is one objection
    with one code. `address` only counts against floods; neither it nor anything that leads to it
    is kept with the objection, in the trail included.
    """
    code = receipt_code(form)
    with audit.origin(request_id=audit.current().request_id), transaction.atomic():
        if Objection.objects.filter(receipt=_index(code)).exists():
            return code
        row = Publicity.objects.select_for_update(of=("self",)).get(pk=publicity.pk)
        if not row.takes_objections(timezone.localdate()):
            raise Refused("该公示不在公示期内，不再受理异议。", code="not_running")
        count_visit("objection", address, publicity=row)
        made = Objection(
            organisation=row.organisation,
            publicity=row,
            text=text.strip(),
            name=name.strip(),
            phone=phone.strip(),
            receipt=_index(code),
        )
        workflow.begin(made, by=None, action="receive")
        # Who published takes no other part. If he may not act here anyway, there is nothing to add.
        with contextlib.suppress(Refused):
            workflow.join(made, "publish", label="发布公示", by=row.posted_by)
    return code


def find(code: str, *, address: str | None) -> Objection | None:
    """The objection of a receipt code, however it is typed."""
    count_visit("receipt", address)
    plain = "".join(char for char in code.upper() if char.isalnum())
    if len(plain) != LETTERS:
        return None
    rows = Objection.objects.select_related("publicity")
    return rows.filter(receipt=_index(_grouped(plain))).first()


def receipt_code(form: uuid.UUID) -> str:
    """The code of a form: four groups of four letters and digits, which nobody can guess."""
    drawn = blind_index("core.objection.form", form.hex)[: LETTERS * 5 // 8]
    return _grouped(base64.b32encode(drawn).decode())


def _grouped(text: str) -> str:
    return "-".join(text[place : place + 4] for place in range(0, LETTERS, 4))


def _index(code: str) -> bytes:
    return blind_index("core.objection.receipt", code)


def count_visit(act: str, address: str | None, *, publicity: Publicity | None = None) -> None:
    """Count a submission on the public pages; refuse the flood."""
    today = timezone.localdate()
    source = blind_index("core.publicvisit.address", f"{today}:{address}")
    since = timezone.now() - datetime.timedelta(days=1)
    lately = PublicVisit.objects.filter(act=act, at__gte=since)
    if lately.filter(address=source).count() >= PER_ADDRESS[act]:
        raise Refused(
            "同一网络今天提交次数过多，请明天再试，或按公示中的联系方式当面、来电提出。",
            code="too_many",
        )
    if publicity and lately.filter(publicity=publicity).count() >= PER_PUBLICITY:
        raise Refused(
            "该公示今天收到的异议过多，请按公示中的联系方式当面或来电提出。", code="too_many"
        )
    PublicVisit.objects.create(act=act, address=source, publicity=publicity)
