"""Rows of the test procedure with a publicity in its middle."""

import datetime

from django.utils import timezone

from core import publicity
from core.models import Organisation, Publicity, User
from tests.factories.proceedings import builds
from tests.postings.models import Candidate


@builds(Candidate)
def candidate(place: Organisation, token: str = "", state: str = "draft") -> Candidate:
    values = {"name": f"张建国{token}", "number": "1", "phone": "1", "diagnosis": "无"}
    return Candidate.objects.create(organisation=place, state=state, **values)


def posted(place: Organisation, by: User) -> Publicity:
    """A publicity of a candidate at a place, as it stands after it was posted."""
    shown = candidate(place, state=Candidate.State.SHOWN)
    today = timezone.localdate()
    content = {
        **{"title": "关于拟推荐先进个人的公示", "kind": "先进个人推荐公示", "noun": "先进个人"},
        **{"agency": "江城市总工会", "contact": "", "headings": ["姓名", "工作单位", "推荐荣誉"]},
        **{"rows": [["张*", "甲厂", "先进生产者"]], "days": 5, "counts_posting_day": False},
        **{"posted_on": f"{today}", "ends_on": f"{today + datetime.timedelta(days=7)}"},
    }
    return Publicity.objects.create(
        organisation=place,
        object_type=shown._meta.label,
        object_id=shown.pk,
        kind="postings.honour",
        title=content["title"],
        content=content,
        digest=publicity.digest(content),
        posted_on=today,
        posted_by=by,
        days=5,
        counts_posting_day=False,
        ends_on=content["ends_on"],
        keep_days=30,
        passed_step="confirm",
        upheld_step="reject",
    )
