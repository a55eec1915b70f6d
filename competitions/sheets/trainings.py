"""职工培训: what was taught, with the heads of those whom nobody wrote down."""

from collections.abc import Sequence

from django.db.models import QuerySet

from competitions.models import Training
from core.services import records
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
from members.sheets.widgets import day


@register
class TrainingSheet(Sheet):
    """职工培训: one row is one training from one day on."""

    organisation = Column(
        "举办工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["所属工会", "工会"],
        examples=["JC01-01", "JC01-01"],
    )
    title = Column(
        "培训名称",
        "title",
        required=True,
        max_length=120,
        width=28,
        synonyms=["名称", "培训项目"],
        examples=["焊工技能提升班", "大专学历提升班"],
    )
    kind = Column(
        "种类",
        "kind",
        required=True,
        choices=dict(Training.Kind.choices),
        synonyms=["类别"],
        examples=["技能培训", "学历教育"],
    )
    trade = Column(
        "职业（工种）", "trade", max_length=80, synonyms=["工种", "职业"], examples=["焊工", ""]
    )
    held_on = Column(
        "开始日期",
        "held_on",
        required=True,
        widget=day(),
        synonyms=["日期", "培训日期"],
        examples=["2026-03-10", "2026-04-12"],
    )
    sessions = Column(
        "场次",
        "sessions",
        required=True,
        widget=IntegerWidget(minimum=1, maximum=9999),
        synonyms=["培训场次"],
        examples=["3", "12"],
    )
    headcount = Column(
        "参训人次",
        "headcount",
        required=True,
        widget=IntegerWidget(unit="人次"),
        help_text="人次，不含已按姓名登记的参训人员",
        synonyms=["参训人数", "人次"],
        examples=["150", "480"],
    )
    place = Column("地点", "place", max_length=120, examples=["", ""])

    FIELDS = (
        *("organisation", "title", "kind", "trade", "held_on", "sessions", "headcount", "place"),
    )

    class Meta:
        name = "trainings"
        label = "职工培训"
        model = Training
        permission = "competitions.add_training"
        export_permission = "competitions.export_training"
        purpose = "登记和统计职工技能培训和学历教育"
        import_id_fields = ("organisation", "title", "held_on")
        described_by = ("title", "held_on")

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def match(self, rows: Sequence[Row], context: Context) -> None:
        key = self._meta.import_id_fields
        stored = self.recall(Training.objects).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            title__in={row.get("title") for row in rows},
        )
        known = {tuple(getattr(each, name) for name in key): each for each in stored}
        for row in rows:
            row.instance = known.get(tuple(row.get(name) for name in key))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        fresh = [row for row in rows if row.instance is None]
        known = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
        made = [row.draft(Training, self.FIELDS) for row in fresh]
        records.add_many(made, by=context.by)
        for row, training in zip(fresh, made, strict=True):
            row.object_id = str(training.pk)
        records.save_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        found = [row.instance for row in rows]
        records.remove_many(found, by=context.by, action="competitions.training.take_back")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        records.save_many([row.instance for row in rows], fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context))
