"""参赛人次: what a union reports for the units that it covers, a row for each."""

from collections.abc import Sequence

from django.db.models import QuerySet

from competitions.models import ParticipationReport
from competitions.services import participation
from competitions.sheets import cells
from core.services import records
from core.sheets import Column, Context, IntegerWidget, Row, Sheet, Written, register


@register
class ParticipationReportSheet(Sheet):
    """参赛人次: one row is one unit in one competition, not handed in yet."""

    year = cells.year("competition__programme__year")
    competition = cells.competition("competition__name", ["安全生产劳动竞赛", "节能降耗劳动竞赛"])
    credit_code = cells.credit_code()
    name = Column("单位名称", "employer__name", export_only=True, width=30)
    headcount = Column(
        "参赛人次",
        "headcount",
        required=True,
        widget=IntegerWidget(minimum=1, unit="人次"),
        help_text="人次，不含已按姓名报名的选手",
        synonyms=["参赛人数", "参加人次", "参与人次"],
        examples=["120", "86"],
    )
    sessions = Column(
        "举办场次",
        "sessions",
        widget=IntegerWidget(maximum=9999),
        help_text="本单位自行举办的场次",
        synonyms=["场次"],
        examples=["2", "0"],
    )
    workers = Column(
        "应参加职工",
        "workers",
        widget=IntegerWidget(minimum=1, unit="人"),
        help_text="人，可不填",
        synonyms=["应参加人数", "职工人数"],
        examples=["150", ""],
    )
    note = Column("说明", "note", max_length=200, synonyms=["备注"], examples=["", ""])
    state = Column(
        "状态", "state", export_only=True, choices=dict(ParticipationReport.State.choices)
    )

    FIELDS = ("headcount", "sessions", "workers", "note")

    class Meta:
        name = "participation_reports"
        label = "参赛人次"
        model = ParticipationReport
        permission = "competitions.add_participationreport"
        export_permission = "competitions.export_participationreport"
        purpose = "统计劳动和技能竞赛参赛单位和人次"
        import_id_fields = ("year", "competition", "credit_code")
        page = "competitions:reports"
        notes = ("导入的填报尚未提交，核对后逐项提交；已提交的不能以导入改动。",)

    def match(self, rows: Sequence[Row], context: Context) -> None:
        held, units = cells.offered(rows, context), cells.covered(rows, context)
        stored = self.recall(ParticipationReport.objects.standing()).filter(
            competition__in=held.values(), employer__in=[one.employer_id for one in units.values()]
        )
        known = {(one.competition_id, one.employer_id): one for one in stored}
        for row in rows:
            competition = held.get((row.get("competition"), row.get("year")))
            unit = units.get(row.get("credit_code"))
            if competition is None:
                cells.refuse_unknown_competition(row)
            if unit is None:
                cells.refuse_unknown_unit(row)
            if competition is None or unit is None:
                continue
            row.instance = known.get((competition.pk, unit.employer_id))
            if row.instance is None:
                made = ParticipationReport(
                    competition=competition, employer=unit.employer, organisation=unit.organisation
                )
                if why := participation.uncountable(made):
                    row.refuse("not_counting", why, column="competition")
            elif row.instance.state != "draft" and any(self.differing(row)):
                row.refuse("handed_in", "该单位的填报已经提交，不能以导入改动。")
        context.data["found"] = held, units

    def write(self, rows: Sequence[Row], context: Context) -> None:
        held, units = context.data["found"]
        fresh, known = [], []
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
                known.append(row.instance)
                continue
            unit = units[row.get("credit_code")]
            made = row.draft(
                ParticipationReport,
                self.FIELDS,
                competition=held[row.get("competition"), row.get("year")],
                employer=unit.employer,
                organisation=unit.organisation,
            )
            fresh.append((row, made))
        participation.report_many([made for _, made in fresh], by=context.by)
        for row, made in fresh:
            row.object_id = str(made.pk)
        participation.amend_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "employer", "competition__programme")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        reports = [row.instance for row in rows]
        action = "competitions.participationreport.take_back"
        records.remove_many(reports, by=context.by, action=action)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        reports = [row.instance for row in rows]
        participation.amend_many(reports, fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context).standing())
