"""走访: condolences and visits of the watch. What checks a household is entered in its file."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from core.models import User
from core.sheets import ChoiceWidget, Column, Context, Row, Sheet, Written, register
from hardship.models import Case, FamilyMember, Visit
from hardship.services import checks
from hardship.services.collisions import ON_FILE
from hardship.sheets import cells, links

KINDS = {
    Visit.Kind.CONDOLENCE.value: Visit.Kind.CONDOLENCE.label,
    Visit.Kind.FOLLOW_UP.value: Visit.Kind.FOLLOW_UP.label,
}
SPELLINGS = {
    "慰问": "condolence",
    "走访": "condolence",
    "送温暖": "condolence",
    "回访": "follow_up",
    "监测回访": "follow_up",
}


@register
class VisitSheet(Sheet):
    """走访慰问: one row is one visit of one kind to one household on one day."""

    head = cells.head("case__applicant__certificate_number")
    kind = Column(
        "走访种类",
        "kind",
        required=True,
        widget=ChoiceWidget(KINDS, synonyms=SPELLINGS),
        help_text="入户调查在档案中登记",
        synonyms=["种类", "走访类型"],
        examples=["走访慰问", "走访慰问"],
    )
    held_on = cells.date(
        "走访日期",
        "held_on",
        ["2026-01-20", "2026-02-10"],
        required=True,
        synonyms=["日期", "走访时间", "慰问日期"],
    )
    visitors = Column(
        "走访人",
        "people",
        required=True,
        width=20,
        widget=cells.VisitorsWidget(),
        help_text="登录名或姓名，多人以顿号分隔",
        synonyms=["慰问人", "走访人员", "走访干部"],
        examples=["zoufang1", "zoufang1、zoufang2"],
    )
    finding = cells.private(
        "走访情况",
        "finding",
        ["慰问金已送达", "生活平稳"],
        required=True,
        synonyms=["情况", "走访记录", "备注"],
    )

    class Meta:
        name = "hardship_visits"
        label = "走访困难职工"
        model = Visit
        permission = "hardship.add_visit"
        export_permission = "hardship.export_case"
        purpose = "走访慰问困难职工的登记"
        import_id_fields = ("head", "kind", "held_on")
        parts = ((Visit.visitors.through, "visit"),)
        notes = (
            "只登记在档或返困监测期内的户；同一户同一天同一种类登记一次，重复导入不会重复登记。",
        )

    def prepare(self, context: Context) -> None:
        context.lookups["account"] = cells.Accounts(
            User.objects.visible_to(context.by, self.permission).filter(is_active=True),
            code="username",
            names=["display_name"],
            more=["certificate_index"],
        )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        return cells.comparable(row, "head", "kind", "held_on")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        members = context.visible(FamilyMember, self.permission).filter(case__is_open=True)
        linked = links.link(rows, context, members, noun="困难职工档案")
        files = {row: cases[-1] for row, cases in linked.items()}
        context.data["files"] = files
        known = {(visit.case_id, visit.kind, visit.held_on): visit for visit in self._known(files)}
        for row, case in files.items():
            row.instance = known.get((case.pk, row.get("kind"), row.get("held_on")))
            if case.state not in ON_FILE:
                state = case.get_state_display()
                row.refuse(
                    "not_on_file", f"该户现为“{state}”，不在档，不能登记走访。", column="head"
                )
            elif row.instance and any(self.differing(row)):
                row.refuse("entered", ENTERED)

    def _known(self, files: Mapping[Row, Case]) -> QuerySet[Visit]:
        """Visits to these households that are entered, the first of a day last."""
        rows = Visit.objects.filter(case__in={case.pk for case in files.values()})
        rows = rows.exclude(kind=Visit.Kind.CHECK).prefetch_related("visitors")
        return rows.select_related("case").prefetch_related("case__members").order_by("-pk")

    def write(self, rows: Sequence[Row], context: Context) -> None:
        files = context.data["files"]
        names = ("kind", "held_on", "finding")
        new = [row for row in rows if row.instance is None]
        made = checks.record_visits(
            [(row.draft(Visit, names, case=files[row]), row.get("visitors")) for row in new],
            by=context.by,
        )
        for row, visit in zip(new, made, strict=True):
            row.object_id = str(visit.pk)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "case")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        checks.withdraw_visits([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).exclude(kind=Visit.Kind.CHECK)
        rows = rows.filter(case__state__in=ON_FILE).select_related("case")
        return rows.prefetch_related("visitors", "case__members")


ENTERED = (
    "该户当日同一种类的走访已经登记，内容不同，不能以导入改动；确需更正的，请撤销原导入后重新导入。"
)
