"""师徒结对, in and out."""

from collections.abc import Sequence

from core import masking
from core.sheets import ChoiceWidget, Column, Context, DateWidget, Row, Written, register
from honours.models import Apprenticeship
from honours.services import apprenticeships
from honours.sheets.entered import EnteredSheet, persons, union
from honours.sheets.studios import number
from members.models import Person
from members.sheets.widgets import day, parse_date


def name(heading: str, field: str, examples: Sequence[str], **options: object) -> Column:
    return Column(
        heading,
        field,
        required=True,
        personal=masking.name,
        max_length=50,
        examples=examples,
        **options,
    )


@register
class ApprenticeshipSheet(EnteredSheet):
    """师徒结对: one row is one master and one apprentice in one trade."""

    organisation = union()
    master_name = name("师傅", "master_name", ["王建国", "李梅"], synonyms=["师傅姓名"])
    master_number = number("师傅证件号码", help_text="是会员的填写，只用于核对")
    apprentice_name = name(
        "徒弟", "apprentice_name", ["张小明", "赵静"], synonyms=["徒弟姓名", "学徒"]
    )
    apprentice_number = number("徒弟证件号码", help_text="是会员的填写，只用于核对")
    trade = Column("工种", "trade", required=True, max_length=60, examples=["焊工", "数控车工"])
    goal = Column(
        "带徒目标",
        "goal",
        required=True,
        max_length=200,
        width=28,
        synonyms=["目标"],
        examples=["两年内取得高级工证书", "独立完成复杂零件加工"],
    )
    grade_before = Column(
        "徒弟现技能等级",
        "grade_before",
        widget=ChoiceWidget(dict(Person.SkillGrade.choices)),
        synonyms=["技能等级", "结对时技能等级"],
        examples=["中级工", ""],
    )
    agreed_on = Column(
        "协议起始日",
        "agreed_on",
        required=True,
        widget=day(),
        synonyms=["结对日期", "签订日期"],
        examples=["2021-03-15", "2021-04-20"],
    )
    until = Column(
        "协议截止日",
        "until",
        required=True,
        widget=DateWidget(parse_date),
        synonyms=["截止日期", "到期日期"],
        examples=["2023-03-14", "2022-04-19"],
    )

    KEY = ("organisation", "master_name", "apprentice_name", "trade", "agreed_on")
    FIELDS = (*KEY, "goal", "grade_before", "until")
    JOINED = ("organisation",)

    class Meta:
        name = "apprenticeships"
        label = "师徒结对"
        model = Apprenticeship
        permission = "honours.add_apprenticeship"
        export_permission = "honours.export_apprenticeship"
        purpose = "师带徒结对的登记和统计"
        import_id_fields = (
            "organisation", "master_name", "apprentice_name", "trade", "agreed_on",
        )  # fmt: skip
        described_by = ("trade", "agreed_on")
        notes = ("导入的结对由上级工会确认后计入统计；带徒结果在门户登记。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("agreed_on"), row.get("until")
            if first and last and last <= first:
                row.refuse("order", "协议截止日应晚于起始日，请核对。", column="until")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        unions = {row.get("organisation").pk for row in rows}
        days = {row.get("agreed_on") for row in rows}
        stored = Apprenticeship.objects.filter(organisation__in=unions, agreed_on__in=days)
        self.know(rows, stored)
        fresh = [row for row in rows if row.instance is None]
        context.data["people"] = {
            part: persons(
                fresh,
                context,
                name=f"{part}_name",
                number=f"{part}_number",
                permission=self.permission,
            )
            for part in ("master", "apprentice")
        }

    def write(self, rows: Sequence[Row], context: Context) -> None:
        people = context.data["people"]
        fresh = [row for row in rows if row.instance is None]
        made = apprenticeships.report_many(
            [
                row.draft(
                    Apprenticeship,
                    self.FIELDS,
                    master=people["master"].get(row),
                    apprentice=people["apprentice"].get(row),
                )
                for row in fresh
            ],
            by=context.by,
        )
        for row, pair in zip(fresh, made, strict=True):
            row.object_id = str(pair.pk)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        apprenticeships.take_back([row.instance for row in rows], by=context.by)
