"""历年竞赛: competitions that were over before this software, who took part by name, and heads."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from competitions.models import (
    Competition,
    Contestant,
    Entry,
    Event,
    ParticipationReport,
    Programme,
    Stage,
)
from competitions.services import takeover
from competitions.sheets import cells
from core.sheets import (
    Column,
    Context,
    IntegerWidget,
    LookupWidget,
    Row,
    Sheet,
    Written,
    register,
)
from members.models import Employer, Membership
from members.sheets.widgets import day

RIGHT = "competitions.takeover_competition"
EXPORT = "competitions.export_competition"
YEARS = ["2021", "2021"]
UNKNOWN = "没有已办结的、该年度名为“{value}”的竞赛，请先移交登记竞赛。"


def held(rows: Sequence[Row], context: Context) -> dict[tuple[str, int], Competition]:
    """The archived competitions in scope that the rows name by name and year."""
    found = context.visible(Competition, RIGHT).filter(
        state=Competition.State.ARCHIVED,
        name__in={row.get("competition") for row in rows},
        programme__year__in={row.get("year") for row in rows},
    )
    found = found.select_related("programme", "organisation")
    return {(one.name, one.programme.year): one for one in found}


@register
class CompetitionTakeoverSheet(Sheet):
    """历年竞赛: one row is one event of a competition that is over."""

    organisation = Column(
        "举办工会",
        "competition__organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["工会"],
        examples=["JC01-01", "JC01-01"],
    )
    year = cells.year("competition__programme__year", YEARS)
    plan = Column(
        "竞赛计划",
        "competition__programme__name",
        required=True,
        max_length=100,
        width=24,
        synonyms=["年度竞赛计划"],
        examples=["职工劳动和技能竞赛计划"] * 2,
    )
    competition = cells.competition("competition__name", ["职工技能大赛", "职工技能大赛"])
    level = Column(
        "级别",
        "competition__level",
        required=True,
        choices=dict(Competition.Level.choices),
        examples=["市级一类", "市级一类"],
    )
    form = Column(
        "形式",
        "competition__form",
        required=True,
        choices=dict(Competition.Form.choices),
        examples=["职业技能竞赛", "职业技能竞赛"],
    )
    host = Column(
        "主办单位",
        "competition__host",
        required=True,
        max_length=200,
        examples=["江城市总工会"] * 2,
    )
    organiser = Column("承办单位", "competition__organiser", max_length=200, examples=["", ""])
    starts_on = Column(
        "开始日期",
        "competition__starts_on",
        required=True,
        widget=day(),
        examples=["2021-04-01", "2021-04-01"],
    )
    ends_on = Column(
        "结束日期",
        "competition__ends_on",
        required=True,
        widget=day(),
        examples=["2021-09-30", "2021-09-30"],
    )
    document_number = Column(
        "通知文号", "competition__document_number", max_length=60, examples=["", ""]
    )
    name = Column(
        "赛项（工种）",
        "name",
        required=True,
        max_length=80,
        synonyms=["赛项", "工种"],
        examples=["焊工", "电工"],
    )
    final_on = Column("决赛日期", "final_on", widget=day(), examples=["2021-09-10", "2021-09-11"])

    FACTS = (*("level", "form", "host", "organiser", "starts_on", "ends_on", "document_number"),)

    class Meta:
        name = "competition_takeover"
        label = "历年竞赛"
        model = Event
        permission = RIGHT
        export_permission = EXPORT
        purpose = "移交登记历年劳动和技能竞赛"
        import_id_fields = ("organisation", "year", "competition", "name")
        described_by = ("competition", "name")
        parts = ((Stage, "event"),)
        notes = ("同一竞赛有几个赛项的，每个赛项一行，竞赛各项相同；登记后为“归档”。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("starts_on"), row.get("ends_on")
            if first and last and last < first:
                row.refuse("backward", "结束日期不能早于开始日期。", column="ends_on")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        places = {row.get("organisation").pk for row in rows}
        years = {row.get("year") for row in rows}
        stored = self.recall(
            Event.objects.filter(
                competition__organisation__in=places, competition__programme__year__in=years
            )
        )
        known = {
            (
                event.competition.organisation_id,
                event.competition.programme.year,
                event.competition.name,
                event.name,
            ): event
            for event in stored
        }
        for row in rows:
            key = (row.get("organisation").pk, row.get("year"), row.get("competition"))
            row.instance = known.get((*key, row.get("name")))
            if row.instance and any(self.differing(row)):
                row.refuse("entered", "该赛项已经登记，内容不同，不能以移交登记改动。")

    def write(self, rows: Sequence[Row], context: Context) -> None:
        new = [row for row in rows if row.instance is None]
        plans, competitions = self._stored(new)
        made = []
        for row in new:
            place, year = row.get("organisation"), row.get("year")
            key = (place.pk, year, row.get("plan"))
            if key not in plans:
                plans[key] = Programme(organisation=place, year=year, name=row.get("plan"))
            held_by = (place.pk, year, row.get("competition"))
            if held_by not in competitions:
                competitions[held_by] = row.draft(
                    Competition,
                    self.FACTS,
                    programme=plans[key],
                    organisation=place,
                    name=row.get("competition"),
                )
            event = Event(competition=competitions[held_by], name=row.get("name"))
            final = row.get("final_on")
            stage = Stage(kind=Stage.Kind.FINAL, held_on=final) if final else None
            made.append((plans[key], competitions[held_by], event, stage))
        takeover.competitions(made, by=context.by)
        for row, (_, _, event, _) in zip(new, made, strict=True):
            row.object_id = str(event.pk)

    @staticmethod
    def _stored(rows: Sequence[Row]) -> tuple[dict[Any, Programme], dict[Any, Competition]]:
        """The plans and competitions of these rows that other rows brought already."""
        places = {row.get("organisation").pk for row in rows}
        years = {row.get("year") for row in rows}
        plans = Programme.objects.filter(organisation__in=places, year__in=years)
        held_ones = Competition.objects.filter(programme__in=plans).select_related("programme")
        return (
            {(plan.organisation_id, plan.year, plan.name): plan for plan in plans},
            {(one.organisation_id, one.programme.year, one.name): one for one in held_ones},
        )

    def recall(self, records: QuerySet) -> QuerySet:
        related = ("competition__organisation", "competition__programme")
        return records.select_related(*related).with_final()

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        takeover.take_back_events([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).filter(competition__state=Competition.State.ARCHIVED)
        return self.recall(rows)


class _OfCompetition(Sheet):
    """Rows of a competition that is over."""

    def _competition(self, row: Row, found: dict[tuple[str, int], Competition]) -> Any:
        competition = found.get((row.get("competition"), row.get("year")))
        if competition is None:
            row.refuse("unknown_competition", UNKNOWN, column="competition")
        return competition

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        takeover.take_back([row.instance for row in rows], by=context.by)


@register
class ParticipationTakeoverSheet(_OfCompetition):
    """历年参赛人次: one row is one unit in one competition that is over."""

    year = cells.year("competition__programme__year", YEARS)
    competition = cells.competition("competition__name", ["职工技能大赛", "安全生产竞赛"])
    credit_code = cells.credit_code()
    name = Column("单位名称", "employer__name", export_only=True, width=30)
    headcount = Column(
        "参赛人次",
        "headcount",
        required=True,
        widget=IntegerWidget(minimum=1, unit="人次"),
        help_text="人次，不含按姓名登记的选手",
        synonyms=["参赛人数", "参与人次"],
        examples=["120", "86"],
    )
    sessions = Column(
        "举办场次", "sessions", widget=IntegerWidget(maximum=9999), examples=["2", "0"]
    )

    FIELDS = ("headcount", "sessions")

    class Meta:
        name = "participation_takeover"
        label = "历年参赛人次"
        model = ParticipationReport
        permission = RIGHT
        export_permission = EXPORT
        purpose = "移交登记历年竞赛参赛单位和人次"
        import_id_fields = ("year", "competition", "credit_code")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        found = held(rows, context)
        codes = {row.get("credit_code") for row in rows}
        mine = context.visible(Employer, RIGHT).filter(credit_code__in=codes)
        units = {one.credit_code: one for one in mine.select_related("organisation")}
        stored = self.recall(ParticipationReport.objects.standing()).filter(
            competition__in=found.values()
        )
        known = {(one.competition_id, one.employer.credit_code): one for one in stored}
        for row in rows:
            competition = self._competition(row, found)
            if row.get("credit_code") not in units:
                row.refuse(
                    "unknown_employer",
                    "没有找到统一社会信用代码为“{value}”的用人单位，请核对，或先登记该单位。",
                    column="credit_code",
                )
            if competition is not None:
                row.instance = known.get((competition.pk, row.get("credit_code")))
        context.data["found"] = found, units

    def write(self, rows: Sequence[Row], context: Context) -> None:
        found, units = context.data["found"]
        fresh, known = [], []
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
                known.append(row.instance)
                continue
            unit = units[row.get("credit_code")]
            competition = found[row.get("competition"), row.get("year")]
            made = row.draft(
                ParticipationReport,
                self.FIELDS,
                competition=competition,
                employer=unit,
                organisation=unit.organisation,
            )
            fresh.append((row, made))
        takeover.reports([made for _, made in fresh], by=context.by)
        for row, made in fresh:
            row.object_id = str(made.pk)
        takeover.correct(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "employer", "competition__programme")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        reports = [row.instance for row in rows]
        takeover.correct(reports, fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).filter(competition__state=Competition.State.ARCHIVED)
        return self.recall(rows.filter(state=ParticipationReport.State.ACCEPTED))


@register
class EntryTakeoverSheet(_OfCompetition):
    """历年参赛选手: one row is one person in one event that is over."""

    year = cells.year("event__competition__programme__year", YEARS)
    competition = cells.competition("event__competition__name", ["职工技能大赛", "职工技能大赛"])
    event = Column(
        "赛项（工种）",
        "event__name",
        required=True,
        max_length=80,
        synonyms=["赛项", "工种"],
        examples=["焊工", "焊工"],
    )
    number = cells.number(
        "person__certificate_number", ["330600199003079990", "330600199003079982"]
    )
    person = Column("姓名", "name", export_only=True)
    card = Column(
        "参赛证号", "number", required=True, max_length=24, examples=["2021-001", "2021-002"]
    )

    class Meta:
        name = "entry_takeover"
        label = "历年参赛选手"
        model = Entry
        permission = RIGHT
        export_permission = EXPORT
        purpose = "移交登记历年竞赛选手"
        import_id_fields = ("year", "competition", "event", "number")
        described_by = ("competition", "event", "number")
        parts = ((Contestant, "entry"),)

    def match(self, rows: Sequence[Row], context: Context) -> None:
        found, people = held(rows, context), cells.members(rows, context)
        events = {
            (one.competition_id, one.name): one
            for one in Event.objects.filter(
                competition__in=found.values(), team_size=1
            ).select_related("competition")
        }
        stored = self.recall(Entry.objects.standing()).filter(event__in=events.values())
        known = {(one.event_id, one.person_id): one for one in stored}
        wanted: dict[Row, tuple[Event, Membership]] = {}
        for row in rows:
            competition, member = self._competition(row, found), people.get(row)
            if member is None:
                cells.refuse_unknown_member(row)
            if competition is None or member is None:
                continue
            event = events.get((competition.pk, row.get("event")))
            if event is None:
                row.refuse("unknown_event", "该竞赛没有赛项“{value}”，请核对。", column="event")
                continue
            wanted[row] = event, member
            row.instance = known.get((event.pk, member.person_id))
            if row.instance and any(self.differing(row)):
                row.refuse("entered", "该选手已经登记，内容不同，不能以移交登记改动。")
        context.data["wanted"] = wanted

    def write(self, rows: Sequence[Row], context: Context) -> None:
        new = [row for row in rows if row.instance is None]
        made = []
        for row in new:
            event, member = context.data["wanted"][row]
            made.append(
                Entry(
                    event=event,
                    organisation=member.organisation,
                    employer=member.employer,
                    person=member.person,
                    name=member.person.name,
                    number=row.get("card"),
                )
            )
        takeover.entries(made, by=context.by)
        for row, entry in zip(new, made, strict=True):
            row.object_id = str(entry.pk)

    def recall(self, records: QuerySet) -> QuerySet:
        related = ("organisation", "person", "event__competition__programme")
        return records.select_related(*related)

    def rows(self, context: Context) -> QuerySet:
        rows = (
            super()
            .rows(context)
            .filter(
                state=Entry.State.ACCEPTED,
                event__competition__state=Competition.State.ARCHIVED,
                event__team_size=1,
            )
        )
        return self.recall(rows)
