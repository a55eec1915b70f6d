"""Studios that bear their names already, and what studios achieved."""

from collections.abc import Sequence
from decimal import Decimal

from core import masking
from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    IdentifierWidget,
    IntegerWidget,
    Lookup,
    LookupWidget,
    MoneyWidget,
    Row,
    Written,
    register,
)
from honours.models import Award, Level, Studio, StudioMember, StudioResult
from honours.services import studio_work, studios
from honours.sheets.entered import EnteredSheet, persons, union
from members.sheets.widgets import day


def number(heading: str, **options: object) -> Column:
    """The certificate number of a member, read and never given out."""
    return Column(
        heading,
        None,
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        examples=["", ""],
        **options,
    )


LEVELS = {level.value: level.label for level in Level if level != Level.UNIT}
KINDS = {"劳模工作室": "model_worker", "工匠工作室": "craftsman", "职工工作室": "worker"}


@register
class StudioSheet(EnteredSheet):
    """已命名的创新工作室: one row is one studio that bears its name, by whatever document."""

    organisation = union()
    name = Column(
        "工作室名称",
        "name",
        required=True,
        max_length=80,
        width=28,
        synonyms=["名称", "工作室"],
        examples=["城东焊接劳模创新工作室", "城东数控工匠创新工作室"],
    )
    kind = Column(
        "类别",
        "kind",
        required=True,
        widget=ChoiceWidget(dict(Studio.Kind.choices), synonyms=KINDS),
        width=20,
        examples=["劳模创新工作室", "工匠创新工作室"],
    )
    level = Column(
        "级别",
        "level",
        required=True,
        widget=ChoiceWidget(LEVELS, synonyms={"省": "provincial", "市": "municipal"}),
        synonyms=["命名级别"],
        examples=["省级", "市级"],
    )
    area = Column(
        "专业领域",
        "field",
        required=True,
        max_length=60,
        width=20,
        synonyms=["领域", "专业"],
        examples=["焊接", "数控加工"],
    )
    founded_on = Column(
        "创建日期",
        "founded_on",
        required=True,
        widget=day(),
        synonyms=["创建时间", "成立日期"],
        examples=["2018-03-01", "2019-05-20"],
    )
    leader = Column(
        "领衔人",
        "leader__name",
        required=True,
        personal=masking.name,
        max_length=50,
        help_text="已登记市级以上劳模、五一劳动奖章或工匠荣誉的会员",
        synonyms=["领衔人姓名", "姓名"],
        examples=["王建国", "李梅"],
    )
    leader_number = number(
        "领衔人证件号码",
        help_text="有同名的填写，只用于核对",
        synonyms=["证件号码", "身份证号"],
    )
    named_on = Column(
        "命名日期",
        "named_on",
        required=True,
        widget=day(),
        synonyms=["命名时间"],
        examples=["2021-05-10", "2021-06-18"],
    )
    document_number = Column(
        "命名文号",
        "document_number",
        required=True,
        max_length=60,
        width=22,
        synonyms=["文号"],
        examples=["省工发〔2021〕21号", "江工发〔2021〕33号"],
    )

    KEY = ("organisation", "name", "named_on")
    FIELDS = ("organisation", "name", "kind", "level", "founded_on", "named_on", "document_number")
    JOINED = ("organisation", "leader", "award")

    class Meta:
        name = "studios"
        label = "已命名的创新工作室"
        model = Studio
        permission = "honours.approve_studio"
        export_permission = "honours.export_studio"
        purpose = "登记已命名的创新工作室"
        import_id_fields = ("organisation", "name", "named_on")
        described_by = ("name", "named_on")
        parts = ((StudioMember, "studio"),)
        notes = (
            "只登记已有命名文件的工作室；新申报的由基层工会在门户申报，按程序办理。",
            "领衔人命名当日须持有有效的市级以上劳模、五一劳动奖章或工匠荣誉，先登记荣誉。",
        )

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            founded, named = row.get("founded_on"), row.get("named_on")
            if founded and named and named < founded:
                row.refuse("order", "命名日期不能早于创建日期，请核对。", column="named_on")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        unions = {row.get("organisation").pk for row in rows}
        stored = Studio.objects.filter(organisation__in=unions, named_on__isnull=False)
        self.know(rows, stored)
        fresh = [row for row in rows if row.instance is None and not row.errors]
        context.data["awards"] = self._awards(fresh, context)

    def _awards(self, rows: Sequence[Row], context: Context) -> dict[Row, Award]:
        """The title by which the leader of each row leads, the highest of several."""
        named = persons(
            rows, context, name="leader", number="leader_number", permission=self.permission
        )
        known = context.visible(Award, self.permission).filter(
            studios.LEADS, person__name__in={row.get("leader") for row in rows}
        )
        by_name: dict[str, list[Award]] = {}
        for award in known.select_related("person", "title").order_by("title__rank", "granted_on"):
            by_name.setdefault(award.person.name, []).append(award)
        found = {}
        for row in rows:
            on, person = row.get("named_on"), named.get(row)
            awards = [
                award
                for award in by_name.get(row.get("leader"), ())
                if award.stands(on) and (person is None or award.person_id == person.pk)
            ]
            own = [award for award in awards if award.organisation_id == row.get("organisation").pk]
            awards = own or awards
            if not awards:
                row.refuse(
                    "leader",
                    "没有找到“{value}”命名当日有效的市级以上劳模、五一劳动奖章或工匠荣誉，"
                    "请先登记荣誉并关联会员。",
                    column="leader",
                )
            elif len({award.person_id for award in awards}) > 1:
                row.refuse(
                    "several_leaders",
                    "有几位同名的获奖会员，请填写领衔人证件号码。",
                    column="leader_number",
                )
            else:
                found[row] = awards[0]
        return found

    def write(self, rows: Sequence[Row], context: Context) -> None:
        awards = context.data["awards"]
        fresh = [row for row in rows if row.instance is None]
        made = [
            row.draft(
                Studio, self.FIELDS, field=row.get("area"), award=awards[row],
                leader=awards[row].person,
            )
            for row in fresh
        ]  # fmt: skip
        if made:
            studios.take_over(made, by=context.by)
        for row, studio in zip(fresh, made, strict=True):
            row.object_id = str(studio.pk)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        studios.withdraw_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> object:
        return super().rows(context).filter(state__in=Studio.STANDING)


@register
class StudioResultSheet(EnteredSheet):
    """工作室成果: one row is one result of one studio."""

    studio = Column(
        "工作室",
        "studio",
        required=True,
        widget=LookupWidget("studio", "工作室", shown="name"),
        width=28,
        synonyms=["工作室名称", "创新工作室"],
        examples=["城东焊接劳模创新工作室", "城东焊接劳模创新工作室"],
    )
    kind = Column(
        "成果种类",
        "kind",
        required=True,
        widget=ChoiceWidget(dict(StudioResult.Kind.choices)),
        synonyms=["种类", "类别"],
        examples=["专利", "带徒培训"],
    )
    title = Column(
        "成果名称",
        "title",
        required=True,
        max_length=100,
        width=28,
        synonyms=["名称", "成果"],
        examples=["一种管道焊接夹具", "高级焊工培训班"],
    )
    obtained_on = Column(
        "取得日期",
        "obtained_on",
        required=True,
        widget=day(),
        synonyms=["日期", "取得时间"],
        examples=["2021-07-12", "2021-09-30"],
    )
    number = Column(
        "证书（文件）号",
        "number",
        max_length=60,
        identifier=True,
        width=22,
        synonyms=["证书号", "专利号"],
        examples=["ZL202110000001.X", ""],
    )
    benefit = Column(
        "经济效益",
        "benefit",
        widget=MoneyWidget(minimum=Decimal(0)),
        help_text="元",
        synonyms=["经济效益（元）", "效益"],
        examples=["350000.00", ""],
    )
    apprentices = Column(
        "带徒人数",
        "apprentices",
        widget=IntegerWidget(unit="人"),
        help_text="人",
        synonyms=["带徒人数（人）", "培训人数"],
        examples=["", "12"],
    )

    KEY = ("studio", "kind", "title", "obtained_on")
    JOINED = ("studio__organisation", "studio")

    class Meta:
        name = "studio_results"
        label = "工作室成果"
        model = StudioResult
        permission = "honours.change_studio"
        export_permission = "honours.export_studioresult"
        purpose = "填报和统计创新工作室成果"
        import_id_fields = ("studio", "kind", "title", "obtained_on")
        described_by = ("title", "obtained_on")
        notes = (
            "导入的成果由上级工会确认后计入统计；佐证材料在门户逐项上传。",
            "经济效益以元为单位，是工会申报数。",
        )

    def prepare(self, context: Context) -> None:
        mine = context.visible(Studio, self.permission).filter(state__in=Studio.STANDING)
        context.lookups["studio"] = Lookup(mine, code="name", names=[])

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if row.get("kind") == StudioResult.Kind.TRAINING and not row.get("apprentices"):
                row.refuse("required", "带徒培训应填写带徒人数。", column="apprentices")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        wanted = {row.get("studio").pk for row in rows}
        self.know(rows, StudioResult.objects.filter(studio__in=wanted))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        names = ("studio", "kind", "title", "obtained_on", "number", "benefit", "apprentices")
        fresh = [row for row in rows if row.instance is None]
        made = studio_work.report_many(
            [row.draft(StudioResult, names) for row in fresh], by=context.by
        )
        for row, result in zip(fresh, made, strict=True):
            row.object_id = str(result.pk)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        studio_work.take_back([row.instance for row in rows], by=context.by)
