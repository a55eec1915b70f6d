"""参赛报名: the persons whom a union enters for events of single persons."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from competitions.models import Contestant, Entry, Event
from competitions.services import entries as services
from competitions.sheets import cells
from core.sheets import Column, Context, IntegerWidget, Row, Sheet, Written, register
from members.models import Employer, Person

# Where the service looks at what the sheet has in another column.
COLUMNS = {"person": "number", "years_in_trade": "years_in_trade", "event": "event"}


@register
class EntrySheet(Sheet):
    """参赛报名: one row is one person for one event, not handed in yet. Teams have a form."""

    year = cells.year("event__competition__programme__year")
    competition = cells.competition(
        "event__competition__name", ["职工焊接技能竞赛", "职工焊接技能竞赛"]
    )
    event = Column(
        "赛项",
        "event__name",
        required=True,
        max_length=80,
        synonyms=["工种", "赛项（工种）", "职业（工种）"],
        examples=["焊工", "焊工"],
    )
    number = cells.number(
        "person__certificate_number", ["330600199003079990", "330600199003079982"]
    )
    person = Column("姓名", "name", export_only=True)
    years_in_trade = Column(
        "从业年限",
        "years_in_trade",
        widget=IntegerWidget(maximum=60, unit="年"),
        synonyms=["从业年数", "工龄"],
        examples=["5", "8"],
    )
    skill_grade = Column(
        "技能等级",
        "skill_grade",
        choices=dict(Person.SkillGrade.choices),
        synonyms=["职业技能等级"],
        examples=["高级工", "技师"],
    )
    leader_name = Column(
        "领队（教练）", "leader_name", max_length=50, synonyms=["领队", "教练"], examples=["", ""]
    )
    card = Column("参赛证号", "number", export_only=True)
    state = Column("状态", "state", export_only=True, choices=dict(Entry.State.choices))

    FIELDS = ("years_in_trade", "skill_grade", "leader_name")

    class Meta:
        name = "competition_entries"
        label = "参赛报名"
        model = Entry
        permission = "competitions.add_entry"
        export_permission = "competitions.export_entry"
        purpose = "劳动和技能竞赛报名"
        import_id_fields = ("year", "competition", "event", "number")
        described_by = ("competition", "event", "number")
        parts = ((Contestant, "entry"),)
        page = "competitions:entries"
        notes = (
            "只报个人赛项，团体赛项在“竞赛报名”中填写。",
            "单位取会员登记的工作单位，本会只覆盖一家单位的取该单位。",
            "导入的报名尚未提交，核对后逐项提交；已提交的不能以导入改动。",
        )

    def match(self, rows: Sequence[Row], context: Context) -> None:
        held, people = cells.offered(rows, context), cells.members(rows, context)
        events = {
            (one.competition_id, one.name): one
            for one in Event.objects.filter(
                competition__in=held.values(), name__in={row.get("event") for row in rows}
            ).select_related("competition__organisation")
        }
        persons = [one.person_id for one in people.values()]
        stored = self.recall(Entry.objects.standing()).filter(
            event__in=events.values(), person__in=persons
        )
        known = {(one.event_id, one.person_id): one for one in stored}
        drafts: dict[Row, Entry] = {}
        for row in rows:
            competition = held.get((row.get("competition"), row.get("year")))
            if competition is None:
                cells.refuse_unknown_competition(row)
                continue
            event, member = events.get((competition.pk, row.get("event"))), people.get(row)
            if event is None:
                row.refuse("unknown_event", "该竞赛没有赛项“{value}”，请核对。", column="event")
            elif event.team_size > 1:
                row.refuse(
                    "team_event", "“{value}”是团体赛项，请在“竞赛报名”中填写。", column="event"
                )
            if member is None:
                cells.refuse_unknown_member(row)
            if row.errors:
                continue
            row.instance = known.get((event.pk, member.person_id))
            if row.instance is None:
                drafts[row] = row.draft(
                    Entry,
                    self.FIELDS,
                    event=event,
                    organisation=member.organisation,
                    person=member.person,
                    name=member.person.name,
                    employer=member.employer or self._only_unit(member.organisation_id, context),
                )
            elif row.instance.state != Entry.State.DRAFT and any(self.differing(row)):
                row.refuse("handed_in", "该选手的报名已经提交，不能以导入改动。")
        self._judge(drafts)
        context.data["drafts"] = drafts

    @staticmethod
    def _only_unit(union: int, context: Context) -> Employer | None:
        known = context.data.setdefault("units", {})
        if union not in known:
            known[union] = cells.only_unit(union)
        return known[union]

    @staticmethod
    def _judge(drafts: dict[Row, Entry]) -> None:
        """The same rules as in the form; those further up have taken their places."""
        for entry in drafts.values():
            entry._line_up = [Contestant(event=entry.event, person=entry.person)]
        facts = services.known(list(drafts.values()))
        for row, entry in drafts.items():
            if why := services.offered(entry):
                row.refuse("not_open", why, column="competition")
                continue
            found = services.obstacles(entry, facts)
            for name, why in found.items():
                row.refuse("not_eligible", why, column=COLUMNS.get(name, "number"))
            if not found:
                services.take(entry, facts)

    def write(self, rows: Sequence[Row], context: Context) -> None:
        drafts = context.data["drafts"]
        fresh = [row for row in rows if row.instance is None]
        known = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
        try:
            services.enter_many([(drafts[row], []) for row in fresh], by=context.by)
        except ValidationError as error:
            raise services.as_refusal(error) from error
        for row in fresh:
            row.object_id = str(drafts[row].pk)
        services.amend_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        related = ("organisation", "person", "event__competition__programme")
        return records.select_related(*related)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        services.take_back_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        entries = [row.instance for row in rows]
        services.amend_many(entries, fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = self.recall(super().rows(context).standing())
        return rows.filter(event__team_size=1)
