"""The list of a selection: what stands in its way, and what follows from its steps."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Count, Max
from django.utils import timezone

from core import publicity, workflow
from core.errors import Refused
from core.models import Decision, Publicity, User
from core.services.publicity import post
from honours.criteria import Criteria
from honours.models import Nomination, Selection, Title
from honours.services import awards

N = Nomination.State
ON_THE_ROAD = (N.UNIT_PUBLICITY, N.COUNTY, N.OPINIONS)
MOST_TOLD = 3  # candidates named in one sentence

CITY = publicity.register(
    publicity.Kind(
        "honours.proposed",
        "拟表彰公示",
        noun="拟表彰对象",
        unit="所在单位",
        category="拟授荣誉",
        # 表彰公示 goes to the media: who is to be honoured is named (评比达标表彰活动管理办法).
        shows_full_names=True,
    )
)


def listed(selection: Selection) -> list[Nomination]:
    """Who shall be given the title, as the list stands, with what questions are asked of them."""
    rows = selection.nominations.on_list().select_related("person", "organisation", "employer")
    found = list(rows.prefetch_related("opinions").order_by("organisation__path", "pk"))
    for row in found:
        row.selection = selection
    return found


# What stands in the way. Each returns a sentence, or "".


def unopened(selection: Selection) -> str:
    """The last day for proposals still lies ahead."""
    if selection.closes_on < timezone.localdate():
        return f"推荐截止日 {selection.closes_on} 已过，不能开始推荐。"
    return ""


def unfinished(selection: Selection) -> str:
    """Everybody who was handed in has come to the first review."""
    rows = selection.nominations.filter(state__in=ON_THE_ROAD).order_by()
    counts = dict(rows.values_list("state").annotate(count=Count("pk")))
    if counts:
        told = "、".join(f"{N(state).label} {counts[state]} 件" for state in sorted(counts))
        return f"还有推荐在途：{told}，办结后才能结束推荐。"
    if not selection.nominations.filter(state=N.FIRST_REVIEW).exists():
        return "还没有待初审的人选。"
    return ""


def unlisted(selection: Selection) -> str:
    """The list that goes before the public is whole, within its places, and made up as asked."""
    if waiting := selection.nominations.filter(state=N.FIRST_REVIEW).count():
        return f"还有 {waiting} 名人选未初审，请列入、列为候补或不予通过。"
    return list_obstacle(selection)


def list_obstacle(selection: Selection) -> str:
    """What is wrong with the list as it stands: its length, then every failing constraint."""
    rows = listed(selection)
    if not rows:
        return "名单上还没有人选。"
    if len(rows) > selection.places:
        return f"名单 {len(rows)} 名，超过表彰名额 {selection.places} 名。"
    failing = [one.sentence for one in Criteria(selection).judged(rows) if not one.is_met]
    return f"不符合比例要求：{''.join(failing)}" if failing else ""


def unshown(selection: Selection) -> str:
    """Whoever is on the list was before the public."""
    states = (N.LISTED, N.PUBLICITY)
    rows = selection.nominations.filter(state__in=states).order_by()
    counts = dict(rows.values_list("state").annotate(count=Count("pk")))
    if counts:
        told = "、".join(f"{N(state).label} {counts[state]} 名" for state in sorted(counts))
        return f"公示还没有全部结束：{told}。"
    return ""


def undecidable(selection: Selection) -> str:
    """Everybody passed the second review, nothing stands against anybody, the list is right."""
    if found := unshown(selection):
        return found
    if waiting := selection.nominations.filter(state=N.FINAL_REVIEW).count():
        return f"还有 {waiting} 名人选未复审。"
    return list_obstacle(selection) or _objected(selection, listed(selection))


def _objected(selection: Selection, rows: Sequence[Nomination]) -> str:
    """Exclusions and opinions, asked again on the day."""
    criteria = Criteria(selection)
    criteria.prepare(rows)
    said = [f"{row.masked_label}：{why}" for row in rows if (why := criteria.obstacle(row))]
    more = f"另有 {len(said) - MOST_TOLD} 名。" if len(said) > MOST_TOLD else ""
    return "".join(said[:MOST_TOLD]) + more


# What follows. Effects of the steps of a selection.


def show(selection: Selection, decision: Decision) -> None:
    """Put everybody on the list who was not shown yet before the public, each by himself: so an
    objection that is upheld takes out one, and the others go on."""
    waiting = [row for row in listed(selection) if row.state == N.LISTED]
    if not waiting:
        raise Refused("名单上没有待公示的人选。", code="nobody")
    for row in waiting:
        shown = workflow.advance(row, "publish")
        post(
            shown,
            CITY.code,
            title=f"{selection}拟表彰对象公示（{shown.organisation.label}）"[:120],
            rows=[publicity.Shown(shown.name, _unit(shown), selection.title.name)],
            passed="cleared",
            upheld="objected",
            withdrawn="taken_down",
            permission="honours.review_nomination",
            days=selection.city_days,
            by=decision.by,
        )


def _unit(row: Nomination) -> str:
    return row.unit_name or row.organisation.name


def commend(
    selection: Selection,
    decision: Decision,
    *,
    document_number: str = "",
    granted_on: datetime.date | None = None,
) -> None:
    """Give the title to everybody on the list, and end what waited behind it."""
    rows = listed(selection)
    selection.document_number = document_number.strip()
    selection.granted_on = granted_on or timezone.localdate()
    shown = Publicity.objects.filter(
        object_type=Nomination._meta.label, object_id__in=[row.pk for row in rows], kind=CITY.code
    )
    ended = shown.aggregate(last=Max("ends_on"))["last"]
    if ended and selection.granted_on <= ended:
        raise Refused(f"表彰日期应在公示期满（{ended}）之后，请核对。", code="earlier")
    selection.findings = [one.sentence for one in Criteria(selection).judged(rows)]
    given = _give(selection, rows, by=decision.by)
    for row, award in zip(rows, given, strict=True):
        workflow.advance(row, "award", award=award, reason=f"{selection.document_number}表彰")
    for row in selection.nominations.filter(state__in=[N.DRAFT, N.RESERVE]):
        workflow.advance(row, "lapse", reason="评选已审定，未列入表彰名单。")


def _give(selection: Selection, rows: Iterable[Nomination], *, by: User) -> Sequence:
    title, namesakes, drafts = selection.title, Counter(), []
    for row in rows:
        key = (row.organisation_id, row.name)
        namesakes[key] += 1
        drafts.append(
            awards.draft(
                title,
                organisation=row.organisation,
                recipient_name=row.name,
                granted_on=selection.granted_on,
                person=row.person,
                employer=row.employer,
                union=row.organisation if title.recipient == Title.Recipient.UNION else None,
                unit_name=row.unit_name,
                document_number=selection.document_number,
                serial=namesakes[key],
            )
        )
    return awards.give_many(drafts, by=by)
