"""困难职工档案: files of households, each with its applicant."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from core import masking, workflow
from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    IntegerWidget,
    LookupWidget,
    Row,
    Sheet,
    Written,
    register,
)
from hardship.models import Case, FamilyMember
from hardship.models.households import Cause
from hardship.services import intake
from hardship.services.files import IN_OPEN_FILE, not_editable
from hardship.sheets import cells, links

HOUSING = {"公房": "unit", "公租房": "public", "廉租房": "public", "商品房": "bought"}


class FileColumns(Sheet):
    """The columns of a file and its applicant, whether it begins here or was kept on paper.

    What a draft may lack is not required here.
    """

    number = cells.number(
        "证件号码",
        "applicant__certificate_number",
        synonyms=cells.OWN_SYNONYMS,
        examples=["330600196503071297", "330600197003071287"],
    )
    name = cells.name("applicant_name", ["张建国", "欧阳静"])
    certificate_type = cells.certificate_type("applicant__certificate_type")
    sex = cells.sex("applicant__sex")
    birth_date = cells.birth_date("applicant__birth_date")
    organisation = Column(
        "所属工会",
        "organisation",
        required=True,
        width=24,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=[
            "所属工会编码",
            "工会名称",
            "工会编码",
            "工会",
            "基层工会",
            "所在工会",
            "建档工会",
        ],
        examples=["JC01-01", "JC01-01"],
    )
    main_cause = cells.choice(
        "主要致困原因",
        "main_cause",
        Cause.choices,
        ["本人大病", "子女上学"],
        synonyms=["致困原因", "困难原因", "主要困难原因"],
    )
    further_causes = Column(
        "次要致困原因",
        "further_causes",
        widget=cells.CausesWidget(),
        help_text="多项以顿号分隔，最多三项",
        synonyms=["其他致困原因", "次要困难原因"],
        examples=["收入低无法维持基本生活、残疾", ""],
    )
    cause_text = cells.private("原因说明", "cause_text", ["", ""], synonyms=["困难情况说明"])
    declared_persons = Column(
        "家庭人口",
        "declared_persons",
        widget=IntegerWidget(minimum=1, maximum=30, unit="人"),
        help_text="含申请人本人",
        synonyms=["家庭人口数", "家庭人口（人）", "家庭成员数"],
        examples=["3", "2"],
    )
    declared_income = cells.money(
        "家庭年收入",
        "declared_income",
        ["36000.00", "24000.00"],
        help_text="元",
        synonyms=["家庭年收入（元）", "家庭年总收入", "年收入"],
    )
    housing = Column(
        "住房类型",
        "housing",
        widget=ChoiceWidget(dict(Case.Housing.choices), synonyms=HOUSING),
        synonyms=["住房情况", "住房性质"],
        examples=["租房", "自购房"],
    )
    housing_area = cells.money(
        "建筑面积", "housing_area", ["45.00", ""], help_text="平方米", synonyms=["住房面积"]
    )
    employment = cells.employment("applicant__employment", ["病休", "在岗"])
    workplace = cells.text(
        "工作单位", "applicant__workplace", ["", "江城纺织厂"], synonyms=["单位"]
    )
    illness = cells.private("所患疾病", "applicant__illness", ["", ""], synonyms=["疾病"])
    disability = cells.private("残疾类别和等级", "applicant__disability", ["", ""])
    phone = cells.phone("phone", ["13800000004", "13800000005"])
    address = cells.private(
        "家庭住址", "address", ["江城市城东区新街1号", ""], synonyms=["住址", "家庭地址", "现住址"]
    )
    account_holder = Column(
        "开户名",
        "account_holder",
        max_length=50,
        personal=masking.name,
        synonyms=["户名", "收款人"],
        examples=["张建国", ""],
    )
    bank = cells.text(
        "开户银行", "bank", ["江城银行新街支行", ""], max_length=60, synonyms=["开户行"]
    )
    account = cells.account("account", ["6222020000000000000", ""])
    authorised_on = cells.date(
        "签署核对授权书日期",
        "authorised_on",
        ["2026-03-02", ""],
        synonyms=["授权日期", "授权书签署日期"],
    )
    event = cells.choice(
        "突发事件", "event", Case.Event.choices, ["", ""], help_text="意外致困的填写"
    )
    event_on = cells.date("事件日期", "event_on", ["", ""])
    event_harmed = cells.yes("成员因事件伤残或死亡", "event_harmed", ["", ""])
    still_in_need = cells.yes("政府救助后仍有困难", "still_in_need", ["", ""])
    is_migrant_worker = cells.yes(
        "农民工", "is_migrant_worker", ["否", "是"], synonyms=["是否农民工", "困难农民工"]
    )
    is_settled = cells.yes("在本市长期居住", "is_settled", ["", "是"])
    employed_since = cells.date("劳动关系起始日", "employed_since", ["", "2019-05-06"])

    FACTS = (
        "main_cause", "further_causes", "cause_text", "declared_persons", "declared_income",
        "housing", "housing_area", "phone", "address", "account_holder", "bank", "account",
        "authorised_on", "event", "event_on", "event_harmed", "still_in_need",
        "is_migrant_worker", "is_settled", "employed_since",
    )  # fmt: skip
    PERSONAL = (
        "name", "certificate_type", "sex", "birth_date", "employment", "workplace", "illness",
        "disability",
    )  # fmt: skip

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            cells.check_person(row)
            main, further = row.get("main_cause"), row.get("further_causes") or []
            if main in further or len(set(further)) < len(further) or len(further) > 3:
                row.refuse(
                    "bad_causes",
                    "次要致困原因最多三项，不能重复，也不能与主要原因相同。",
                    column="further_causes",
                )
            if main == Cause.OTHER and not row.get("cause_text"):
                row.refuse("required", "主要致困原因为“其他”时，请写明原因。", column="cause_text")

    def row_key(self, row: Row) -> Sequence[Any] | None:
        return cells.comparable(row, *self._meta.import_id_fields)

    def people(self, rows: Sequence[Row], context: Context) -> dict[Row, bytes]:
        """Who the applicant of each row is; rows about the user and his kin are refused."""
        found: dict[Row, bytes] = {}
        if links.refuse_unknown_user(rows, context.by):
            return found
        for row in rows:
            index = workflow.identity(row.get("number"), row.get("certificate_type"))
            if index in context.data["concerned"]:
                row.refuse("concerned", links.CONCERNED)
            else:
                found[row] = index
        return found

    def applicant(self, row: Row) -> FamilyMember:
        return row.draft(
            FamilyMember,
            self.PERSONAL,
            certificate_number=row.get("number"),
            relation=FamilyMember.Relation.SELF.value,
        )

    def recall(self, records: QuerySet) -> QuerySet:
        rows = records.select_related("organisation", "household")
        return rows.prefetch_related("members", "recognitions")

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context))


@register
class CaseSheet(FileColumns):
    """困难职工档案: one row is one open file. A new applicant gets a draft, the draft of a known
    one is written on."""

    applied_on = cells.date(
        "申请日期",
        "applied_on",
        ["2026-03-02", "2026-03-05"],
        help_text="不填为导入当日；按此日适用的标准计算",
        synonyms=["申请时间", "申请（复核）日期"],
    )

    class Meta:
        name = "hardship_files"
        label = "困难职工档案"
        model = Case
        permission = "hardship.add_case"
        export_permission = "hardship.export_case"
        purpose = "困难职工家庭的认定和帮扶"
        import_id_fields = ("number",)
        described_by = ("name", "number")
        parts = ((FamilyMember, "case"),)
        notes = (
            "一行一户，新的申请人成为草稿，由填报人补齐材料后提交审核；草稿再次导入即为修改。",
            "暂缺的内容可以留空，提交审核前补齐。",
            "家庭成员、家庭收入、家庭支出在各自的表中，以户主证件号码对应。",
        )

    def match(self, rows: Sequence[Row], context: Context) -> None:
        people = self.people(rows, context)
        cases = self._open_files(people.values(), context)
        for row, index in people.items():
            if (found := cases.get(index, row)) is row:
                continue
            if found is None:
                row.refuse("in_open_file", IN_OPEN_FILE, column="number")
            elif found.organisation_id != row.get("organisation").pk:
                row.refuse(
                    "another_union",
                    f"该户的档案在“{found.organisation}”，所属工会不能以导入改动，请核对。",
                    column="organisation",
                )
            else:
                self._take(row, found)

    def _open_files(
        self, people: Collection[bytes], context: Context
    ) -> Mapping[bytes, Case | None]:
        """The open file of each applicant; None where he stands in one otherwise, or elsewhere."""
        members = FamilyMember.objects.filter(is_open=True, certificate_index__in=list(people))
        known = {
            bytes(index): (case, relation)
            for index, case, relation in members.values_list(
                "certificate_index", "case", "relation"
            )
        }
        mine = context.visible(Case, self.permission)
        mine = self.recall(mine.filter(pk__in=[case for case, _ in known.values()])).in_bulk()
        return {
            index: mine.get(case) if relation == FamilyMember.Relation.SELF else None
            for index, (case, relation) in known.items()
        }

    def _take(self, row: Row, case: Case) -> None:
        row.instance = case
        if not case.is_editable and any(self.differing(row)):
            row.refuse("not_editable", not_editable(case))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        facts = (*self.FACTS, "applied_on")
        new = {row: self._draft(row, facts) for row in rows if row.instance is None}
        if new:
            intake.open_many(list(new.values()), by=context.by)
        for row, (case, _) in new.items():
            row.object_id = str(case.pk)
        kept = [row for row in rows if row.instance is not None]
        for row in kept:
            row.assign(row.instance, facts)
            row.assign(row.instance.applicant, self.PERSONAL)
            row.instance.applicant_name = row.get("name")
        self._amend([row.instance for row in kept], context)

    def _draft(self, row: Row, facts: Sequence[str]) -> tuple[Case, FamilyMember]:
        case = row.draft(
            Case, facts, organisation=row.get("organisation"), applicant_name=row.get("name")
        )
        return case, self.applicant(row)

    def _amend(self, cases: Sequence[Case], context: Context) -> None:
        if cases:
            intake.amend_many(
                [(case, case.applicant) for case in cases],
                facts=(*self.FACTS, "applied_on"),
                personal=self.PERSONAL,
                by=context.by,
            )

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        intake.withdraw_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        for row in rows:
            row.instance.applicant.name = row.instance.applicant_name
        self._amend([row.instance for row in rows], context)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).open()
