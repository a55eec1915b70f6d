"""创新成果: proposals and innovations of the units that a union covers."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from competitions.models import Innovation
from competitions.services import innovations
from competitions.sheets import cells
from core import masking
from core.services import records
from core.sheets import Column, Context, MoneyWidget, Row, Sheet, Written, register
from members.sheets.widgets import day


@register
class InnovationSheet(Sheet):
    """创新成果: one row is one proposal or result, not handed in yet."""

    credit_code = cells.credit_code()
    unit = Column("单位名称", "employer__name", export_only=True, width=30)
    title = Column(
        "名称",
        "title",
        required=True,
        max_length=120,
        width=30,
        synonyms=["成果名称", "建议名称", "项目名称"],
        examples=["焊枪支架改进", "包装线废料回收"],
    )
    kind = Column(
        "种类",
        "kind",
        required=True,
        choices=dict(Innovation.Kind.choices),
        synonyms=["类别"],
        examples=["五小成果", "合理化建议"],
    )
    proposer = Column(
        "建议人",
        "proposer",
        required=True,
        personal=masking.name,
        max_length=50,
        synonyms=["完成人", "提出人"],
        examples=["焊接一班", "包装班"],
    )
    proposed_on = Column(
        "提出日期",
        "proposed_on",
        required=True,
        widget=day(),
        synonyms=["日期"],
        examples=["2026-03-10", "2026-04-12"],
    )
    content = Column(
        "主要内容",
        "content",
        required=True,
        max_length=2000,
        width=36,
        synonyms=["内容"],
        examples=["缩短换枪时间", "边角料回炉"],
    )
    value = Column(
        "申报年创效",
        "value",
        widget=MoneyWidget(minimum=Decimal(0)),
        help_text="元，由单位申报，可不填",
        synonyms=["年创效", "创效"],
        examples=["80000.00", ""],
    )
    state = Column("状态", "state", export_only=True, choices=dict(Innovation.State.choices))

    FIELDS = ("title", "kind", "proposer", "proposed_on", "content", "value")

    class Meta:
        name = "innovations"
        label = "创新成果"
        model = Innovation
        permission = "competitions.add_innovation"
        export_permission = "competitions.export_innovation"
        purpose = "登记和评选职工创新成果"
        import_id_fields = ("credit_code", "title", "proposed_on")
        described_by = ("title",)
        page = "competitions:innovations"
        notes = ("导入的申报尚未提交，核对后逐项提交；已提交的不能以导入改动。",)

    def match(self, rows: Sequence[Row], context: Context) -> None:
        units = context.data["units"] = cells.covered(rows, context)
        stored = self._standing(units).filter(title__in={row.get("title") for row in rows})
        known = {(one.employer_id, one.title, one.proposed_on): one for one in stored}
        for row in rows:
            unit = units.get(row.get("credit_code"))
            if unit is None:
                cells.refuse_unknown_unit(row)
                continue
            row.instance = known.get((unit.employer_id, row.get("title"), row.get("proposed_on")))
            moved = row.instance and row.instance.state != Innovation.State.DRAFT
            if moved and any(self.differing(row)):
                row.refuse("handed_in", "该成果已经提交，不能以导入改动。")

    def _standing(self, units: dict) -> QuerySet:
        out = (Innovation.State.REFUSED, Innovation.State.WITHDRAWN)
        rows = Innovation.objects.exclude(state__in=out)
        return self.recall(rows).filter(employer__in=[one.employer_id for one in units.values()])

    def write(self, rows: Sequence[Row], context: Context) -> None:
        units = context.data["units"]
        fresh, known = [], []
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
                known.append(row.instance)
                continue
            unit = units[row.get("credit_code")]
            made = row.draft(
                Innovation, self.FIELDS, employer=unit.employer, organisation=unit.organisation
            )
            fresh.append((row, made))
        innovations.propose_many([made for _, made in fresh], by=context.by)
        for row, made in fresh:
            row.object_id = str(made.pk)
        innovations.amend_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "employer", "person")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        found = [row.instance for row in rows]
        records.remove_many(found, by=context.by, action="competitions.innovation.take_back")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        found = [row.instance for row in rows]
        innovations.amend_many(found, fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        """Those of members are exported with the portal's list; a sheet has words for proposers."""
        out = (Innovation.State.REFUSED, Innovation.State.WITHDRAWN)
        rows = super().rows(context).exclude(state__in=out)
        return self.recall(rows.filter(person__isnull=True))
