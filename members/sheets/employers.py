"""The roster of employers, and which union covers each since when."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from core import masking
from core.services import records
from core.sheets import (
    BooleanWidget,
    Column,
    Context,
    IntegerWidget,
    LookupWidget,
    Row,
    Sheet,
    Written,
    register,
)
from members.models import Coverage, Employer
from members.models.employers import Industry, Ownership
from members.rules import credit_codes
from members.services import unions
from members.sheets.widgets import RuleWidget, day


@register
class EmployerSheet(Sheet):
    """用人单位: employers of the territory, and which union covers each since when."""

    credit_code = Column(
        "统一社会信用代码",
        "credit_code",
        required=True,
        identifier=True,
        width=22,
        widget=RuleWidget(credit_codes.credit_code, of="employer"),
        synonyms=[
            "单位统一社会信用代码",
            "信用代码",
            "社会信用代码",
            "统一信用代码",
            "单位代码",
            "企业信用代码",
        ],
        examples=["91330600MA0000015N", "91350100M000100Y43"],
    )
    name = Column(
        "单位名称",
        "name",
        required=True,
        max_length=120,
        width=30,
        synonyms=[
            "企业名称",
            "用人单位",
            "单位全称",
            "企业全称",
            "用人单位名称",
            "公司名称",
            "单位",
        ],
        examples=["江城市第一机械有限责任公司", "江城市快运物流有限公司"],
    )
    ownership = Column(
        "单位性质",
        "ownership",
        required=True,
        choices=dict(Ownership.choices),
        synonyms=[
            "经济类型",
            "企业性质",
            "单位类型",
            "企业类型",
            "所有制性质",
            "登记注册类型",
            "经济性质",
        ],
        examples=["其他有限责任公司", "私营"],
    )
    industry = Column(
        "所属行业",
        "industry",
        required=True,
        choices=dict(Industry.choices),
        synonyms=["国民经济行业", "行业", "行业类别", "行业门类", "所属行业类别", "行业分类"],
        examples=["制造业", "交通运输、仓储和邮政业"],
    )
    organisation = Column(
        "主管工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["主管工会编码", "上级工会", "主管工会名称", "属地工会", "隶属工会"],
        examples=["JC01-01", "JC01-01"],
    )
    size = Column(
        "规模",
        "size",
        choices=dict(Employer.Size.choices),
        synonyms=["企业规模", "单位规模", "规模类型"],
        examples=["中型", "小型"],
    )
    employees = Column(
        "职工人数",
        "employees",
        widget=IntegerWidget(unit="人"),
        synonyms=["职工总数", "员工人数", "员工总数", "从业人数", "在职职工人数", "人数"],
        examples=["320", "86"],
    )
    is_above_scale = Column(
        "规模以上",
        "is_above_scale",
        widget=BooleanWidget(),
        synonyms=["是否规模以上", "规上企业", "是否规上", "规模以上企业"],
        examples=["是", "否"],
    )
    is_platform = Column(
        "平台企业",
        "is_platform",
        widget=BooleanWidget(),
        synonyms=["是否平台企业", "平台企业标识"],
        examples=["否", "是"],
    )
    has_party_group = Column(
        "建有党组织",
        "has_party_group",
        widget=BooleanWidget(),
        synonyms=["是否建有党组织", "党组织", "是否建立党组织"],
        examples=["是", "否"],
    )
    address = Column(
        "地址",
        "address",
        max_length=200,
        width=24,
        synonyms=["单位地址", "注册地址", "经营地址", "通讯地址", "办公地址", "详细地址"],
        examples=["新街12号", "江滨路8号"],
    )
    contact = Column(
        "联系人",
        "contact",
        personal=masking.name,
        max_length=50,
        synonyms=["联系人姓名", "单位联系人", "工会联系人"],
        examples=["陈静", "吴伟"],
    )
    phone = Column(
        "联系电话",
        "phone",
        personal=masking.phone,
        identifier=True,
        max_length=30,
        synonyms=["联系方式", "电话", "联系人电话", "单位电话", "手机", "手机号", "联系手机"],
        examples=["0999-8200001", "13800000003"],
    )
    opened_on = Column(
        "成立日期",
        "opened_on",
        widget=day(),
        synonyms=["成立时间", "注册日期", "注册时间", "开业日期"],
        examples=["2003-04-01", "2016-09-12"],
    )
    union = Column(
        "覆盖工会",
        None,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["所属工会", "工会编码", "所在工会", "建会工会", "工会名称"],
        help_text="已建会的填写，与建会日期同时填",
        examples=["JC01-01", ""],
    )
    covered_since = Column(
        "建会（覆盖）日期",
        None,
        widget=day(),
        synonyms=["建会日期", "建会时间", "覆盖日期", "建会覆盖日期", "入会日期"],
        examples=["2012-05-04", ""],
    )

    FIELDS = (
        "name", "ownership", "industry", "organisation", "size", "employees", "is_above_scale",
        "is_platform", "has_party_group", "address", "contact", "phone", "opened_on",
    )  # fmt: skip

    class Meta:
        name = "employers"
        label = "用人单位"
        model = Employer
        permission = "members.add_employer"
        export_permission = "members.reveal_employer"
        purpose = "掌握建会对象"
        import_id_fields = ("credit_code",)
        described_by = ("credit_code", "name")
        parts = ((Coverage, "employer"),)
        notes = ("已建会的单位请同时填写“覆盖工会”和“建会（覆盖）日期”。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if bool(row.get("union")) != bool(row.get("covered_since")):
                missing = "covered_since" if row.get("union") else "union"
                row.refuse(
                    "coverage_half", "“覆盖工会”和“建会（覆盖）日期”应同时填写。", column=missing
                )

    def match(self, rows: Sequence[Row], context: Context) -> None:
        codes = [row.get("credit_code") for row in rows]
        stored = {
            row.credit_code: row
            for row in self._loaded(Employer.objects).filter(credit_code__in=codes)
        }
        mine = set(
            context.visible(Employer, "members.change_employer")
            .filter(credit_code__in=codes)
            .values_list("credit_code", flat=True)
        )
        for row in rows:
            found = stored.get(row.get("credit_code"))
            if found and found.credit_code not in mine:
                row.refuse(
                    "registered_elsewhere",
                    "“{value}”已由其他工会登记，请联系上级工会核对主管关系。",
                    column="credit_code",
                )
            elif found:
                row.instance = found

    @staticmethod
    def _loaded(rows: QuerySet) -> QuerySet:
        current = Coverage.objects.filter(until=None).select_related("organisation")
        return rows.select_related("organisation").prefetch_related(
            Prefetch("coverages", current, to_attr="covered_by")
        )

    def differing(self, row: Row) -> Iterable[str]:
        yield from super().differing(row)
        union = row.get("union")
        now = row.instance.covered_by
        if union and not (now and now[0].organisation_id == union.pk):
            yield "union"

    def write(self, rows: Sequence[Row], context: Context) -> None:
        new, old = [], []
        for row in rows:
            employer = row.instance or Employer(credit_code=row.get("credit_code"))
            row.assign(employer, self.FIELDS)
            (old if row.instance else new).append((row, employer))
        records.add_many([employer for _, employer in new], by=context.by)
        records.save_many([employer for _, employer in old], fields=self.FIELDS, by=context.by)
        for row, employer in new:
            row.object_id = str(employer.pk)
        coverages = [
            Coverage(
                employer=employer, organisation=row.get("union"), since=row.get("covered_since")
            )
            for row, employer in [*new, *old]
            if row.get("union") and (row.instance is None or "union" in row.changed)
        ]
        if coverages:
            unions.cover_many(coverages, by=context.by)

    def former(self, name: str, instance: Employer) -> Any:
        if name == "union":
            return instance.covered_by[0].organisation_id if instance.covered_by else None
        return super().former(name, instance)

    def recall(self, records: QuerySet) -> QuerySet:
        return self._loaded(records)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        employers = [row.instance for row in rows]
        coverages = [coverage for employer in employers for coverage in employer.covered_by]
        unions.withdraw_coverages(coverages, by=context.by)
        records.remove_many(employers, by=context.by, action="members.employer.withdraw")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        employers = [row.instance for row in rows]
        records.save_many(employers, fields=self.FIELDS, by=context.by)
        moved = [row for row in rows if "union" in row.before]
        unions.withdraw_coverages(
            [row.instance.covered_by[0] for row in moved],
            reopen={row.instance.pk: row.before["union"] for row in moved},
            by=context.by,
        )

    def rows(self, context: Context) -> QuerySet:
        return self._loaded(super().rows(context))

    def dehydrate_union(self, row: Employer) -> str:
        return row.covered_by[0].organisation.code if row.covered_by else ""

    def dehydrate_covered_since(self, row: Employer) -> str:
        return row.covered_by[0].since.isoformat() if row.covered_by else ""
