"""Budgets and the yearly figures of fiscal transfer, in and out."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from core.services import records
from core.sheets import (
    Column,
    Context,
    IntegerWidget,
    Lookup,
    LookupWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import Account, BudgetLine, FiscalTransfer
from funds.sheets import cells

MONEY = MoneyWidget(minimum=Decimal(0))
YEAR = IntegerWidget(minimum=2000, maximum=2100, unit="年")


class _YearSheet(Sheet):
    """Rows of an organisation and a year, each known by the columns that tell it apart."""

    FIELDS: Sequence[str]
    JOINED: Sequence[str] = ("organisation",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()

    def match(self, rows: Sequence[Row], context: Context) -> None:
        model, key = self._meta.model, self._meta.import_id_fields
        stored = model.objects.select_related(*self.JOINED).filter(
            organisation__in={row.get("organisation").pk for row in rows},
            year__in={row.get("year") for row in rows},
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
        made = records.add_many(
            [row.draft(self._meta.model, self.FIELDS) for row in fresh], by=context.by
        )
        for row, record in zip(fresh, made, strict=True):
            row.object_id = str(record.pk)
        self._change(known, context)

    def _change(self, known: Sequence, context: Context) -> None:
        records.save_many(known, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related(*self.JOINED)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        action = f"{self._meta.model._meta.label_lower}.withdraw"
        records.remove_many([row.instance for row in rows], by=context.by, action=action)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        self._change([row.instance for row in rows], context)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).select_related(*self.JOINED)


@register
class BudgetSheet(_YearSheet):
    """预算: one row is what is planned, and in the end was spent, for one account and item."""

    organisation = cells.organisation()
    year = Column(
        "年度",
        "year",
        required=True,
        widget=YEAR,
        synonyms=["预算年度", "年份"],
        examples=["2026", "2026"],
    )
    account = Column(
        "科目",
        "account",
        required=True,
        widget=LookupWidget("account", "科目", shown="code"),
        synonyms=["科目编码", "会计科目", "预算科目"],
        examples=["501", "502"],
    )
    item = Column(
        "项目",
        "item",
        required=True,
        max_length=60,
        width=24,
        synonyms=["项目名称", "预算项目"],
        examples=["职工文体活动", "困难职工帮扶"],
    )
    budget = Column(
        "年初预算",
        "budget",
        required=True,
        widget=MONEY,
        help_text="元",
        synonyms=["预算数", "年初预算数", "预算金额"],
        examples=["300000.00", "500000.00"],
    )
    final = Column(
        "决算",
        "final",
        widget=MONEY,
        help_text="元，尚未决算的不填",
        synonyms=["决算数", "决算金额"],
        examples=["", ""],
    )
    document_number = Column(
        "批复文号",
        "document_number",
        max_length=60,
        width=20,
        synonyms=["文号"],
        examples=["江工发〔2026〕8号", "江工发〔2026〕8号"],
    )

    FIELDS = ("organisation", "year", "account", "item", "budget", "final", "document_number")
    JOINED = ("organisation", "account")

    class Meta:
        name = "budget_lines"
        label = "工会经费预算"
        model = BudgetLine
        permission = "funds.add_budgetline"
        export_permission = "funds.export_budgetline"
        purpose = "编制工会经费预算和决算"
        import_id_fields = ("organisation", "year", "account", "item")
        described_by = ("year", "item")
        notes = ("年度中的预算调整在系统中逐笔登记，写明文号和原因，不以表格改年初预算。",)

    def prepare(self, context: Context) -> None:
        super().prepare(context)
        context.lookups["account"] = Lookup(Account.objects.all(), code="code", names=["name"])

    def match(self, rows: Sequence[Row], context: Context) -> None:
        super().match(rows, context)
        for row in rows:
            line = row.instance
            if line and line.changed and row.get("budget") != line.budget:
                row.refuse(
                    "adjusted",
                    f"该项预算已经调整过，年初预算 {line.budget:,} 元不能改动，请登记预算调整。",
                    column="budget",
                )

    def _change(self, known: Sequence, context: Context) -> None:
        names = (*self.FIELDS, "begins_on", "adjusted")
        records.save_many(known, fields=names, by=context.by)


@register
class FiscalTransferSheet(_YearSheet):
    """财政划拨: one row is how far the transfer of dues out of one district's budget has come."""

    organisation = Column(
        "区县工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["区县", "所属工会", "工会编码"],
        examples=["JC01-01", "JC01-01"],
    )
    year = Column(
        "年度", "year", required=True, widget=YEAR, synonyms=["年份"], examples=["2024", "2025"]
    )
    units_due = Column(
        "应划拨单位",
        "units_due",
        required=True,
        widget=IntegerWidget(unit="家"),
        help_text="家，财政供养的机关事业单位",
        synonyms=["应划拨单位数", "应覆盖单位"],
        examples=["86", "88"],
    )
    units_covered = Column(
        "已划拨单位",
        "units_covered",
        required=True,
        widget=IntegerWidget(unit="家"),
        help_text="家",
        synonyms=["已划拨单位数", "已覆盖单位"],
        examples=["60", "88"],
    )
    amount = Column(
        "划拨金额",
        "amount",
        required=True,
        widget=MONEY,
        help_text="元",
        synonyms=["金额"],
        examples=["1200000.00", "1860000.00"],
    )
    document_number = Column(
        "文号",
        "document_number",
        max_length=60,
        width=20,
        examples=["江财行〔2024〕6号", "江财行〔2025〕9号"],
    )

    FIELDS = (
        "organisation", "year", "units_due", "units_covered", "amount", "document_number",
    )  # fmt: skip

    class Meta:
        name = "fiscal_transfers"
        label = "财政划拨覆盖情况"
        model = FiscalTransfer
        permission = "funds.add_fiscaltransfer"
        export_permission = "funds.export_fiscaltransfer"
        purpose = "掌握财政划拨工会经费的覆盖面"
        import_id_fields = ("organisation", "year")
        described_by = ("organisation", "year")
        notes = ("财政划拨制度何时建立，在“制度机制”中登记；本表只填各年数据。",)

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            due, covered, amount = (
                row.get(name) for name in ("units_due", "units_covered", "amount")
            )
            if None not in (due, covered) and covered > due:
                row.refuse(
                    "more_than_due",
                    "“已划拨单位”不能多于“应划拨单位”，请核对。",
                    column="units_covered",
                )
            elif covered == 0 and amount:
                row.refuse("paid_by_nobody", "没有已划拨单位的，划拨金额应为 0。", column="amount")
