"""信息比对: what one authority is asked about households, and what it answers.

Each authority has a sheet of its own, so that none is told whom another is asked about. Out go the
open requests with the names and numbers of those who live together; nothing else of a file.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from core import masking, workflow
from core.sheets import ChoiceWidget, Column, Context, Row, Sheet, TextWidget, Written, register
from hardship.models import Case, DataCheck, FamilyMember
from hardship.services import checks
from hardship.sheets import cells, links


class PeopleWidget(TextWidget):
    """Those who live together with the applicant, each with name and number."""

    def render(self, value: Case, obj: Any = None, **kwargs: Any) -> str:
        others = [
            member
            for member in value.members.all()
            if member.relation != FamilyMember.Relation.SELF and member.left_on is None
        ]
        return "；".join(f"{one.name} {one.certificate_number.clear()}" for one in others)


class AnswerColumns(Sheet):
    """The columns of a request. One row is one household."""

    asked_of = ""  # a value of `DataCheck.Source`

    head = cells.head(
        "case__applicant__certificate_number", ["330600196503071297", "330600197003071287"]
    )
    name = Column("户主姓名", "case__applicant_name", export_only=True, personal=masking.name)
    people = Column("家庭成员", "case", export_only=True, width=40, widget=PeopleWidget())
    requested_on = cells.date("请求日期", "requested_on", ["", ""], export_only=True)
    is_hit = Column(
        "查有记录",
        "is_hit",
        widget=ChoiceWidget({True: "有", False: "无"}, synonyms={"是": True, "否": False}),
        help_text="未答复的留空",
        synonyms=["有无记录", "比对结果", "查询结果"],
        examples=["无", "有"],
    )
    finding = cells.private(
        "答复内容",
        "finding",
        ["", "2021 年登记小型客车一辆"],
        help_text="查有记录的必须填写",
        synonyms=["答复", "比对情况", "查询情况"],
    )

    FIELDS = ("is_hit", "finding")

    def prepare(self, context: Context) -> None:
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if row.get("is_hit") and not row.get("finding"):
                row.refuse("required", "查有记录的应写明答复内容。", column="finding")
            if row.get("is_hit") is None and row.get("finding"):
                row.refuse("required", "填写了答复内容的，应填写有无记录。", column="is_hit")

    def row_key(self, row: Row) -> Sequence[Any] | None:
        return cells.comparable(row, "head")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        members = context.visible(FamilyMember, self.permission).filter(case__is_open=True)
        linked = links.link(rows, context, members, noun="困难职工档案")
        files = {row: cases[-1] for row, cases in linked.items()}
        asked = self._asked({case.pk for case in files.values()})
        context.data["asked"] = {}
        for row, case in files.items():
            found = asked.get((case.pk, case.round))
            if context.data["concerned"].intersection(one.identity for one in case.members.all()):
                row.refuse("concerned", links.CONCERNED)
            elif found is None:
                row.refuse("not_asked", "本轮没有就该户向此部门请求比对，请核对。", column="head")
            elif case.state not in Case.COMPARED:
                row.refuse("wrong_state", checks.NOT_COMPARED, column="head")
            else:
                found.case = case
                context.data["asked"][row] = found
                # An answer that comes in is new; one that was entered is compared.
                if found.answered_on or row.get("is_hit") is None:
                    row.instance = found

    def _asked(self, keys: set[int]) -> dict[tuple[int, int], DataCheck]:
        found = DataCheck.objects.filter(case__in=keys, source=self.asked_of)
        return {(one.case_id, one.round): one for one in found}

    def write(self, rows: Sequence[Row], context: Context) -> None:
        answered = [context.data["asked"][row] for row in rows]
        for row, one in zip(rows, answered, strict=True):
            one.finding = None
            row.assign(one, self.FIELDS)
            row.object_id = str(one.pk)
        checks.answer_many(answered, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("case__organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        for row in rows:
            row.instance.is_hit = row.instance.finding = None
        checks.answer_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        checks.answer_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        """The open requests."""
        rows = super().rows(context).filter(source=self.asked_of).unanswered()
        return rows.select_related("case").prefetch_related("case__members")


def _of(source: DataCheck.Source) -> type[AnswerColumns]:
    """The sheet of one authority."""

    class Meta:
        name = f"hardship_checks_{source.value}"
        label = f"信息比对（{source.label}）"
        model = DataCheck
        permission = "hardship.compare_case"
        export_permission = "hardship.export_datacheck"
        purpose = f"{source.label}核对困难职工家庭经济状况"
        import_id_fields = ("head",)
        notes = ("导出尚未答复的请求交该部门核对，填好有无记录和答复内容后导入；结论另行作出。",)

    return type(
        f"{source.name.title()}Answers", (AnswerColumns,), {"asked_of": source, "Meta": Meta}
    )


SHEETS = [register(_of(source)) for source in DataCheck.Source]
