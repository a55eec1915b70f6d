"""审计问题, as a report of the auditors lists them."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    DateWidget,
    IntegerWidget,
    LookupWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import AuditFinding
from funds.services import audits
from members.sheets.widgets import day, parse_date

KINDS = {"同级审计": "own", "下审一级": "lower", "离任审计": "departure"}


@register
class AuditFindingSheet(Sheet):
    """审计问题: one row is one thing that was found amiss at one union, not issued yet."""

    organisation = Column(
        "被审计工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["被审计单位", "工会编码"],
        examples=["JC01-01", "JC01-01"],
    )
    auditor = Column(
        "审计单位",
        "auditor",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["审计工会"],
        examples=["JC01-01", "JC01-01"],
    )
    kind = Column(
        "审计类型",
        "kind",
        required=True,
        widget=ChoiceWidget(dict(AuditFinding.Kind.choices), synonyms=KINDS),
        synonyms=["类型"],
        examples=["本级审计", "专项审计"],
    )
    year = Column(
        "审计年度",
        "year",
        required=True,
        widget=IntegerWidget(minimum=2000, maximum=2100, unit="年"),
        synonyms=["年度"],
        examples=["2025", "2025"],
    )
    document_number = Column(
        "审计报告文号",
        "document_number",
        required=True,
        max_length=60,
        width=22,
        synonyms=["文号", "报告文号"],
        examples=["江工经审〔2026〕3号", "江工经审〔2026〕4号"],
    )
    number = Column(
        "问题序号",
        "number",
        required=True,
        widget=IntegerWidget(minimum=1, maximum=9999),
        synonyms=["序号"],
        examples=["1", "1"],
    )
    finding = Column(
        "审计发现的问题",
        "finding",
        required=True,
        max_length=1000,
        width=36,
        synonyms=["问题", "发现的问题"],
        examples=["会费未及时入账", "活动支出缺少签到表"],
    )
    amount = Column(
        "问题金额",
        "amount",
        required=True,
        widget=MoneyWidget(minimum=Decimal(0)),
        help_text="元，不涉及金额的填 0",
        synonyms=["金额", "涉及金额"],
        examples=["3200.00", "0"],
    )
    advice = Column(
        "整改要求",
        "advice",
        required=True,
        max_length=1000,
        width=30,
        synonyms=["整改意见", "审计建议"],
        examples=["补记入账", "补齐签到资料"],
    )
    found_on = Column(
        "审计日期",
        "found_on",
        required=True,
        widget=day(),
        synonyms=["发现日期", "报告日期"],
        examples=["2026-03-10", "2026-03-12"],
    )
    rectify_by = Column(
        "整改期限",
        "rectify_by",
        required=True,
        widget=DateWidget(parse_date),
        examples=["2026-12-31", "2026-12-31"],
    )

    FIELDS = (
        "organisation", "auditor", "kind", "year", "document_number", "number", "finding",
        "amount", "advice", "found_on", "rectify_by",
    )  # fmt: skip

    class Meta:
        name = "audit_findings"
        label = "审计问题"
        model = AuditFinding
        permission = "funds.add_auditfinding"
        export_permission = "funds.export_auditfinding"
        purpose = "登记和督促整改工会经费审计发现的问题"
        import_id_fields = ("organisation", "document_number", "number")
        described_by = ("document_number", "number")
        notes = ("导入的问题尚未下达，核对后在系统中逐项下达整改；已下达的不能以导入改动。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            found, until = row.get("found_on"), row.get("rectify_by")
            if found and until and until < found:
                row.refuse(
                    "term_backward", "整改期限不能早于审计日期，请核对。", column="rectify_by"
                )

    def match(self, rows: Sequence[Row], context: Context) -> None:
        key = self._meta.import_id_fields
        stored = self.recall(AuditFinding.objects).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            document_number__in={row.get("document_number") for row in rows},
        )
        known = {tuple(getattr(each, name) for name in key): each for each in stored}
        for row in rows:
            row.instance = known.get(tuple(row.get(name) for name in key))
            issued = row.instance and row.instance.state != AuditFinding.State.FOUND
            if issued and any(self.differing(row)):
                row.refuse("issued", "该问题已经下达，内容不能以导入改动。")

    def write(self, rows: Sequence[Row], context: Context) -> None:
        fresh = [row for row in rows if row.instance is None]
        known = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
        made = [row.draft(AuditFinding, self.FIELDS) for row in fresh]
        audits.begin_many(made, by=context.by)
        for row, finding in zip(fresh, made, strict=True):
            row.object_id = str(finding.pk)
        audits.amend_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "auditor")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        audits.withdraw_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        audits.amend_many([row.instance for row in rows], fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).exclude(state=AuditFinding.State.DROPPED)
        return self.recall(rows)
