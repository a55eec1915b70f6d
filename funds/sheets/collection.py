"""Receipts as the tax agency, the treasury or the unions themselves hand them over."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import QuerySet

from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    IdentifierWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import TAX_ITEMS, CollectionBatch, CollectionLine, FundKind
from funds.services import collection
from funds.sheets.cells import CodeWidget, end_of, periods
from members.sheets.widgets import day

LOWEST = -(Decimal(10) ** 12)
ITEMS = {
    **{code: kind.value for code, kind in TAX_ITEMS.items()},
    "经费": "dues",
    "工会经费收入": "dues",
    "筹备金": "preparation",
    "工会筹备金": "preparation",
}


@register
class CollectionLineSheet(Sheet):
    """缴款明细. One row is one receipt, or one refund with an amount below zero."""

    batch = Column(
        "批次号",
        "batch__number",
        required=True,
        identifier=True,
        width=16,
        widget=IdentifierWidget(40),
        synonyms=["移交批次", "批次", "移交批次号"],
        examples=["2021-04-01", "2021-04-01"],
    )
    receipt_number = Column(
        "税票号",
        "receipt_number",
        required=True,
        identifier=True,
        width=22,
        widget=IdentifierWidget(40),
        synonyms=["电子税票号", "电子税票号码", "税票号码", "凭证号", "完税凭证号", "缴费凭证号"],
        examples=["332106210400000001", "332106210400000002"],
    )
    credit_code = Column(
        "纳税人识别号",
        "credit_code",
        identifier=True,
        width=22,
        widget=CodeWidget(20),
        synonyms=["统一社会信用代码", "社会信用代码", "信用代码", "缴费人识别号", "税号"],
        examples=["91330600MA00000107", "91330600MA00000107"],
    )
    payer_name = Column(
        "缴费单位",
        "payer_name",
        required=True,
        max_length=120,
        width=30,
        synonyms=["纳税人名称", "缴费人名称", "单位名称", "缴费单位名称"],
        examples=["甲厂有限责任公司", "甲厂有限责任公司"],
    )
    fund_kind = Column(
        "品目",
        "fund_kind",
        required=True,
        widget=ChoiceWidget(dict(FundKind.choices), synonyms=ITEMS),
        synonyms=["征收品目", "征收品目代码", "品目代码", "征收品目名称"],
        examples=["工会经费", "399001020"],
    )
    period_first, period_last = periods()
    wage_base = Column(
        "工资总额",
        "wage_base",
        widget=MoneyWidget(),
        synonyms=["计费依据", "计税依据", "应缴费基数", "缴费基数"],
        help_text="元",
        examples=["62500.00", ""],
    )
    amount = Column(
        "金额",
        "amount",
        required=True,
        widget=MoneyWidget(minimum=LOWEST),
        synonyms=["实缴金额", "实缴费额", "入库金额", "缴费金额", "金额（元）"],
        help_text="元，退库填负数",
        examples=["500.00", "300.00"],
    )
    entry_on = Column(
        "入库日期",
        "entry_on",
        required=True,
        widget=day(),
        synonyms=["入（退）库日期", "入退库日期", "缴款日期", "入库时间"],
        examples=["2021-04-12", "2021-05-12"],
    )
    tax_office = Column(
        "征收机关",
        "tax_office",
        max_length=80,
        width=24,
        synonyms=["主管税务机关", "税务机关", "征收税务机关", "主管税务所"],
        examples=["江城市税务局东湖税务所", ""],
    )
    reverses = Column(
        "所退税票号",
        "reverses__receipt_number",
        identifier=True,
        width=22,
        widget=IdentifierWidget(40),
        synonyms=["原税票号", "原电子税票号", "原凭证号"],
        help_text="退库的填写",
        examples=["", ""],
    )

    FIELDS = (
        *("receipt_number", "credit_code", "payer_name", "fund_kind", "period_first"),
        *("period_last", "wage_base", "amount", "entry_on", "tax_office"),
    )

    class Meta:
        name = "collection_lines"
        label = "缴款明细"
        model = CollectionLine
        permission = "funds.add_collectionline"
        export_permission = "funds.export_collectionline"
        purpose = "工会经费收缴核对"
        import_id_fields = ("receipt_number",)
        described_by = ("receipt_number", "payer_name")
        notes = (
            "请先登记收缴批次，再导入其明细；批次核定总数之前可以分几次导入，也可以撤回。",
            "退库的明细填负数金额，并填写所退的税票号，所退税票应已登记或排在前面。",
        )

    def prepare(self, context: Context) -> None:
        rows = context.visible(CollectionBatch, self.permission)
        receiving = rows.filter(state=CollectionBatch.State.RECEIVING)
        context.data["batches"] = {
            batch.number: batch for batch in receiving.select_related("organisation")
        }

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("period_first"), row.get("period_last")
            if first and last is None and not row.errors:
                row.values["period_last"] = end_of(first)
            elif first and last and last < first:
                row.refuse("period_backward", "所属期止不能早于所属期起。", column="period_last")
            amount = row.get("amount")
            if amount == 0:
                row.refuse("nothing", "金额不能为 0。", column="amount")
            if row.get("reverses") and amount is not None and amount > 0:
                row.refuse("bad_refund", "填了所退税票号的为退库，金额应小于 0。", column="amount")
            if row.get("wage_base") == 0:
                del row.values["wage_base"]  # how some offices write that they do not know

    def match(self, rows: Sequence[Row], context: Context) -> None:
        known = collection.standing(row.get("receipt_number") for row in rows)
        batches = context.data["batches"]
        for row in rows:
            batch = batches.get(row.get("batch"))
            line = known.get(row.get("receipt_number"))
            if batch is None and not (line and line.batch.number == row.get("batch")):
                self._refuse_unknown(row)
            elif line and (batch is None or line.batch_id == batch.pk):
                row.instance = line
                self._refuse_other(row, line, context)
            elif line:
                row.refuse(
                    "receipt_twice",
                    collection.already_here(line, by=context.by),
                    column="receipt_number",
                )

    def _refuse_unknown(self, row: Row) -> None:
        row.refuse(
            "unknown_batch",
            "没有找到收录中的批次“{value}”，请先登记该批次，或核对批次号。",
            column="batch",
        )

    def _refuse_other(self, row: Row, line: CollectionLine, context: Context) -> None:
        """What stands already is not changed by a file."""
        if not context.by.has_perm(self.permission, line.batch):
            row.instance = None
            self._refuse_unknown(row)
        elif differing := list(self.differing(row)):
            row.instance = None
            columns = "、".join(self.fields[name].heading for name in differing)
            row.refuse(
                "receipt_twice",
                f"税票号“{{value}}”已在本批次登记，但{columns}不同；"
                "如原来登记有误，请先撤回原来的导入。",
                column="receipt_number",
            )

    def differing(self, row: Row) -> Iterable[str]:
        reverses = row.instance.reverses
        for name in super().differing(row):
            if name != "reverses" or (reverses and reverses.receipt_number) != row.get(name):
                yield name

    def write(self, rows: Sequence[Row], context: Context) -> None:
        batches = context.data["batches"]
        lines = [
            row.draft(CollectionLine, self.FIELDS, batch=batches[row.get("batch")]) for row in rows
        ]
        named = {
            row.get("receipt_number"): row.get("reverses") for row in rows if row.get("reverses")
        }
        collection.record_many(lines, reversing=named, by=context.by)
        for row, line in zip(rows, lines, strict=True):
            row.object_id = str(line.pk)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("batch__organisation", "organisation", "reverses")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        collection.remove_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).standing()
        return rows.select_related("batch", "reverses")
