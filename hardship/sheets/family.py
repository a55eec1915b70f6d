"""家庭成员: who lives in a household beside the applicant."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from core import workflow
from core.sheets import ChoiceWidget, Column, Context, Row, Sheet, Written, register
from hardship.models import Case, FamilyMember
from hardship.services import intake
from hardship.services.files import IN_OPEN_FILE, not_editable
from hardship.sheets import cells, links

RELATIONS = {
    "妻子": "spouse",
    "丈夫": "spouse",
    "夫妻": "spouse",
    "儿子": "child",
    "女儿": "child",
    "父亲": "parent",
    "母亲": "parent",
    "岳父": "parent_in_law",
    "岳母": "parent_in_law",
    "公公": "parent_in_law",
    "婆婆": "parent_in_law",
    "祖父": "grandparent",
    "祖母": "grandparent",
    "外祖父": "grandparent",
    "外祖母": "grandparent",
    "孙子": "grandchild",
    "孙女": "grandchild",
    "兄弟": "sibling",
    "姐妹": "sibling",
}
OTHERS = {
    value: label
    for value, label in FamilyMember.Relation.choices
    if value != FamilyMember.Relation.SELF
}


class FamilyColumns(Sheet):
    """The columns of a member and what is done with them, whichever files they belong to."""

    head = cells.head("case__applicant__certificate_number")
    relation = Column(
        "与申请人关系",
        "relation",
        required=True,
        widget=ChoiceWidget(OTHERS, synonyms=RELATIONS),
        help_text="申请人本人登记在困难职工档案中",
        synonyms=["与户主关系", "关系", "与困难职工关系", "称谓"],
        examples=["配偶", "子女"],
    )
    name = cells.name("name", ["李梅", "张小明"])
    certificate_type = cells.certificate_type("certificate_type")
    number = cells.number(
        "证件号码",
        "certificate_number",
        synonyms=cells.OWN_SYNONYMS,
        examples=["330600196608121203", "330600200805061210"],
    )
    sex = cells.sex("sex")
    birth_date = cells.birth_date("birth_date")
    employment = cells.employment("employment", ["失业、无业", "在校学生"])
    workplace = cells.text("工作单位", "workplace", ["", ""], synonyms=["单位"])
    school = cells.private(
        "就读学校及年级", "school", ["", "江城一中高二"], synonyms=["就读学校", "学校"]
    )
    illness = cells.private("所患疾病", "illness", ["", ""], synonyms=["疾病"])
    disability = cells.private("残疾类别和等级", "disability", ["", ""], synonyms=["残疾"])
    left_on = cells.date(
        "不再共同生活", "left_on", ["", ""], help_text="自此日起不再共同生活的填写日期"
    )

    PERSON = (
        "relation", "name", "certificate_type", "sex", "birth_date", "employment", "workplace",
        "school", "illness", "disability", "left_on",
    )  # fmt: skip

    noun = "困难职工档案"

    def prepare(self, context: Context) -> None:
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            cells.check_person(row)

    def row_key(self, row: Row) -> Sequence[Any] | None:
        return cells.comparable(row, *self._meta.import_id_fields)

    def heads(self, context: Context) -> QuerySet[FamilyMember]:
        """Where the applicants are looked for."""
        return context.visible(FamilyMember, self.permission).filter(case__is_open=True)

    def choose(self, row: Row, cases: Sequence[Case]) -> Case | None:
        """Which of an applicant's files the row means; None if it is none of them."""
        return cases[-1]

    def obstacle(self, case: Case) -> str:
        """Why nothing can be written in the file, or ""."""
        return "" if case.is_editable else not_editable(case)

    def match(self, rows: Sequence[Row], context: Context) -> None:
        linked = links.link(rows, context, self.heads(context), noun=self.noun)
        files = {}
        for row, cases in linked.items():
            if case := self.choose(row, cases):
                files[row] = case
            else:
                row.refuse("unknown_file", "该户主没有此日建档的存量档案。", column="head")
        context.data["files"] = files
        people = {
            row: workflow.identity(row.get("number"), row.get("certificate_type")) for row in files
        }
        elsewhere = self._open_members(people.values())
        mine = context.data["concerned"]
        for row, index in people.items():
            members = {member.identity: member for member in files[row].members.all()}
            row.instance = members.get(index)
            if index in mine or mine.intersection(members):
                row.refuse("concerned", links.CONCERNED)
            elif row.instance and row.instance.relation == FamilyMember.Relation.SELF:
                row.refuse(
                    "applicant", "这是申请人本人，请在困难职工档案表中登记。", column="number"
                )
            elif (
                elsewhere.get(index, files[row].pk) != files[row].pk
                and files[row].is_open
                and row.get("left_on") is None
            ):
                row.refuse("in_open_file", IN_OPEN_FILE, column="number")
            elif (said := self.obstacle(files[row])) and self.says_more(row):
                row.refuse("not_editable", said, column="head")

    def says_more(self, row: Row) -> bool:
        """Whether the row is not in the register as it stands."""
        return row.instance is None or any(self.differing(row))

    def _open_members(self, people: Collection[bytes]) -> Mapping[bytes, int]:
        """In which open file each person stands."""
        rows = FamilyMember.objects.filter(is_open=True, certificate_index__in=list(people))
        return {bytes(index): case for index, case in rows.values_list("certificate_index", "case")}

    def write(self, rows: Sequence[Row], context: Context) -> None:
        files = context.data["files"]
        for row in rows:
            if row.instance is None:
                row.instance = row.draft(
                    FamilyMember,
                    self.PERSON,
                    case=files[row],
                    certificate_number=row.get("number"),
                )
            else:
                row.assign(row.instance, self.PERSON)
        self.put([row.instance for row in rows], context)
        for row in rows:
            row.object_id = str(row.instance.pk)

    def put(self, members: Sequence[FamilyMember], context: Context) -> None:
        intake.put_many(members, fields=self.PERSON, by=context.by)

    def drop(self, members: Sequence[FamilyMember], context: Context) -> None:
        intake.drop_many(members, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("case__organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        self.drop([row.instance for row in rows], context)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        self.put([row.instance for row in rows], context)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).exclude(relation=FamilyMember.Relation.SELF)
        return rows.select_related("case").prefetch_related("case__members")


@register
class FamilySheet(FamilyColumns):
    """家庭成员: of open files that may be written in. One row is one person in one household."""

    class Meta:
        name = "hardship_family"
        label = "困难职工家庭成员"
        model = FamilyMember
        permission = "hardship.change_case"
        export_permission = "hardship.export_case"
        purpose = "困难职工家庭的认定和帮扶"
        import_id_fields = ("number",)
        described_by = ("name", "number")
        notes = (
            "请先导入困难职工档案；一人只能在一份未办结的档案中，档案须为草稿、退回补正或复核填报中。",
        )

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).filter(case__is_open=True, left_on=None)
