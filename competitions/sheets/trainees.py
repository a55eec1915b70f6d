"""参训人员: whom a training names; the training itself is there already."""

from collections.abc import Sequence

from django.db.models import QuerySet

from competitions.models import Trainee, Training
from competitions.sheets import cells
from core.services import records
from core.sheets import Column, Context, LookupWidget, Row, Sheet, Written, register
from members.sheets.widgets import day


@register
class TraineeSheet(Sheet):
    """参训人员: one row is one member in one training."""

    organisation = Column(
        "举办工会",
        "training__organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["所属工会", "工会"],
        examples=["JC01-01", "JC01-01"],
    )
    title = Column(
        "培训名称",
        "training__title",
        required=True,
        max_length=120,
        width=28,
        synonyms=["培训", "培训项目"],
        examples=["焊工技能提升班", "焊工技能提升班"],
    )
    held_on = Column(
        "开始日期",
        "training__held_on",
        required=True,
        widget=day(),
        synonyms=["日期", "培训日期"],
        examples=["2026-03-10", "2026-03-10"],
    )
    name = cells.name()
    number = cells.number(
        "person__certificate_number", ["330600199003079990", "330600199003079982"]
    )

    class Meta:
        name = "trainees"
        label = "参训人员"
        model = Trainee
        permission = "competitions.add_trainee"
        export_permission = "competitions.export_trainee"
        purpose = "登记和统计按姓名参训的职工"
        import_id_fields = ("organisation", "title", "held_on", "number")
        described_by = ("title", "held_on", "name")
        notes = (
            "培训应已登记；一人参加一次培训填一行。",
            "按姓名登记的另计人次，原已计入该培训“参训人次”的，请同时更正该培训。",
        )

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def match(self, rows: Sequence[Row], context: Context) -> None:
        held, people = self._trainings(rows, context), cells.named(rows, context, "number")
        stored = self.recall(Trainee.objects).filter(
            training__in=held.values(), person__in=[one.person_id for one in people.values()]
        )
        known = {(each.training_id, each.person_id): each for each in stored}
        drafts = context.data["drafts"] = {}
        for row in rows:
            training, member = held.get(self._named(row)), people.get(row)
            if training is None:
                row.refuse(
                    "unknown_training",
                    "该工会没有登记当日开始的培训“{value}”，请核对，或先登记培训。",
                    column="title",
                )
            if training is None or member is None:
                continue
            row.instance = known.get((training.pk, member.person_id))
            drafts[row] = Trainee(training=training, person=member.person)

    @staticmethod
    def _named(row: Row) -> tuple:
        return row.get("organisation").pk, row.get("title"), row.get("held_on")

    def _trainings(self, rows: Sequence[Row], context: Context) -> dict[tuple, Training]:
        found = context.visible(Training, self.permission).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            title__in={row.get("title") for row in rows},
        )
        return {(one.organisation_id, one.title, one.held_on): one for one in found}

    def write(self, rows: Sequence[Row], context: Context) -> None:
        drafts = context.data["drafts"]
        fresh = [row for row in rows if row.instance is None]
        records.add_many([drafts[row] for row in fresh], by=context.by)
        for row in fresh:
            row.object_id = str(drafts[row].pk)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("training__organisation", "person")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        found = [row.instance for row in rows]
        records.remove_many(found, by=context.by, action="competitions.trainee.take_back")

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context))
