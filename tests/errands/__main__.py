"""Asks for jobs on behalf of a test, from a process that has the installation's settings.

Reads lines of JSON from standard input: `{"ask": [[kind, parameters], ...]}` enqueues them in
one transaction and answers with their ids, `{"send": [[arguments, serializer], ...]}` puts
messages into the broker as a forger would, `{"upload": [[path, strict, point], ...]}` asks for
imports of rosters that stop at a point, `{"undo": [[job, point], ...]}` for imports to be taken
back, `{"touch": [job, ...]}` lets somebody leave whom each of these imports enrolled and answers
with his row.
"""

import json
import sys
from pathlib import Path

import django

django.setup()

from celery import current_app  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from core import jobs  # noqa: E402
from core.models import Organisation, SheetImport, User  # noqa: E402
from core.services import organisations  # noqa: E402
from core.sheets import imports, undo  # noqa: E402
from members.models import Membership  # noqa: E402
from members.services import people  # noqa: E402
from tests.errands.tasks import stop_at  # noqa: E402
from tests.factories.core import UserFactory  # noqa: E402

if not User.objects.exists():
    root = Organisation(code="city", name="江城市总工会", level=Organisation.Level.MUNICIPAL)
    UserFactory(username="clerk", organisation=organisations.plant(root), role="clerk")
city, clerk = Organisation.objects.get(), User.objects.get()
for line in sys.stdin:
    order = json.loads(line)
    for arguments, serializer in order.get("send", []):
        current_app.send_task(jobs.TASK, arguments, serializer=serializer)
    with transaction.atomic():
        made = [
            jobs.enqueue(kind, by=clerk, organisation=city, parameters=parameters).pk
            for kind, parameters in order.get("ask", [])
        ]
        for path, strict, point in order.get("upload", []):
            with Path(path).open("rb") as stream:
                asked = imports.start(
                    stream,
                    name=path,
                    sheet="members",
                    organisation=city,
                    is_strict=strict,
                    by=clerk,
                ).job
            stop_at(asked, point)
            made.append(asked.pk)
        for job, point in order.get("undo", []):
            asked = undo.start(SheetImport.objects.get(job=job), by=clerk)
            stop_at(asked, point)
            made.append(asked.pk)
        for job in order.get("touch", []):
            (row, *_) = undo.written(SheetImport.objects.get(job=job))
            member = Membership.objects.get(pk=row.object_id)
            people.leave(member, on=timezone.localdate(), reason="quit", by=clerk)
            made.append(row.number)
    connection.close()  # between orders the server may go away
    print(json.dumps(made), flush=True)
