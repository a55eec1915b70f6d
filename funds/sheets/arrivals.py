"""What the bank booked for the collecting body, and what wages employers declared."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from core.sheets import (
    Column,
    Context,
    IdentifierWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import BankArrival, CollectionBatch, WageDeclaration
from funds.services import collection
from funds.sheets.cells import CodeWidget, end_of, periods
from members.models import Employer
from members.sheets.widgets import day


@register
class BankArrivalSheet(Sheet):
    """银行到账. One row is one booking in the bank's statement of who collects."""

    reference = Column(
        "银行流水号",
        "reference",
        required=True,
        identifier=True,
        width=24,
        widget=IdentifierWidget(40),
        synonyms=["流水号", "交易流水号", "银行交易流水号", "凭证号"],
        examples=["20210412000001", "20210412000002"],
    )
    on = Column(
        "到账日期",
        "on",
        required=True,
        widget=day(),
        synonyms=["交易日期", "入账日期", "日期", "记账日期"],
        examples=["2021-04-12", "2021-04-12"],
    )
    amount = Column(
        "金额",
        "amount",
        required=True,
        widget=MoneyWidget(minimum=-(Decimal(10) ** 12)),
        synonyms=["贷方发生额", "收入金额", "到账金额", "金额（元）"],
        help_text="元，退回的填负数",
        examples=["120000.00", "350.00"],
    )
    payer = Column(
        "付款方",
        "payer",
        max_length=120,
        width=30,
        synonyms=["对方户名", "付款人", "付款单位"],
        examples=["国家金库江城市中心支库", ""],
    )
    remark = Column(
        "附言",
        "remark",
        max_length=200,
        width=30,
        synonyms=["摘要", "用途", "备注"],
        examples=["工会经费 2021-04-01", ""],
    )
    batch = Column(
        "批次号",
        "batch__number",
        identifier=True,
        width=16,
        widget=IdentifierWidget(40),
        synonyms=["收缴批次", "移交批次"],
        help_text="知道的填写，也可以导入后归集",
        examples=["2021-04-01", ""],
    )

    FIELDS = ("reference", "on", "amount", "payer", "remark")

    class Meta:
        name = "bank_arrivals"
        label = "银行到账"
        model = BankArrival
        permission = "funds.add_bankarrival"
        export_permission = "funds.export_bankarrival"
        purpose = "工会经费对账"
        import_id_fields = ("reference",)
        notes = ("导入到收款的工会名下；归入批次以后不能改动，可以先从批次移出。",)

    def prepare(self, context: Context) -> None:
        rows = CollectionBatch.objects.visible_to(context.by, self.permission)
        mine = rows.filter(organisation=context.organisation, state__in=collection.MATCHED)
        context.data["batches"] = {batch.number: batch for batch in mine}

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if row.get("amount") == 0:
                row.refuse("nothing", "金额不能为 0。", column="amount")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        numbers = [row.get("reference") for row in rows]
        stored = BankArrival.objects.filter(reference__in=numbers)
        known = {row.reference: row for row in stored.select_related("organisation", "batch")}
        for row in rows:
            found = known.get(row.get("reference"))
            number = row.get("batch")
            if found and found.organisation_id != context.organisation.pk:
                row.refuse(
                    "registered_elsewhere", "“{value}”已由其他工会登记。", column="reference"
                )
            elif found:
                row.instance = found
                if found.batch_id and any(self.differing(row)):
                    row.refuse(
                        "assigned", "“{value}”已归入批次，不能改动，请先移出。", column="reference"
                    )
            if number and number not in context.data["batches"] and row.instance is None:
                row.refuse("unknown_batch", "没有找到可以归集到账的批次“{value}”。", column="batch")

    def write(self, rows: Sequence[Row], context: Context) -> None:
        fresh = [row for row in rows if row.instance is None]
        fixed = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
        made = collection.record_arrivals(
            [
                row.draft(BankArrival, self.FIELDS, organisation=context.organisation)
                for row in fresh
            ],
            by=context.by,
        )
        for row, arrival in zip(fresh, made, strict=True):
            row.object_id = str(arrival.pk)
        collection.correct_arrivals(fixed, by=context.by)
        by_batch = defaultdict(list)
        for row in rows:
            if row.get("batch"):
                by_batch[row.get("batch")].append(row.object_id or row.instance.pk)
        for number, keys in by_batch.items():
            collection.assign_arrivals(
                BankArrival.objects.filter(pk__in=keys),
                context.data["batches"][number],
                by=context.by,
            )

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "batch")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        collection.withdraw_arrivals([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        collection.correct_arrivals([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).select_related("batch")


@register
class WageDeclarationSheet(Sheet):
    """工资申报. One row is one employer's total wages in one period."""

    credit_code = Column(
        "统一社会信用代码",
        "employer__credit_code",
        required=True,
        identifier=True,
        width=22,
        widget=CodeWidget(18),
        synonyms=["纳税人识别号", "信用代码", "社会信用代码"],
        examples=["91330600MA00000107", "91330600MA00000107"],
    )
    name = Column("单位名称", "employer__name", export_only=True, width=30, examples=["", ""])
    period_first, period_last = periods()
    wages = Column(
        "工资总额",
        "wages",
        required=True,
        widget=MoneyWidget(minimum=Decimal("0.01")),
        synonyms=["应发工资总额", "申报工资总额", "工资总额（元）"],
        help_text="元",
        examples=["62500.00", "187500.00"],
    )
    source = Column(
        "申报依据",
        "source",
        max_length=60,
        width=20,
        synonyms=["依据", "数据来源"],
        examples=["企业申报", "汇算清缴"],
    )

    FIELDS = ("period_first", "period_last", "wages", "source")

    class Meta:
        name = "wage_declarations"
        label = "工资申报"
        model = WageDeclaration
        permission = "funds.add_wagedeclaration"
        export_permission = "funds.export_wagedeclaration"
        purpose = "核对工会经费应收未收"
        import_id_fields = ("credit_code", "period_first", "period_last")
        described_by = ("credit_code", "period_first")
        notes = ("同一单位同一所属期再次导入的，以最后一次为准。",)

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("period_first"), row.get("period_last")
            if first and last is None and not row.errors:
                row.values["period_last"] = end_of(first)
            elif first and last and last < first:
                row.refuse("period_backward", "所属期止不能早于所属期起。", column="period_last")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        codes = {row.get("credit_code") for row in rows}
        employers = context.visible(Employer, self.permission).filter(credit_code__in=codes)
        known = {each.credit_code: each for each in employers.select_related("organisation")}
        context.data["employers"] = known
        declared = WageDeclaration.objects.filter(employer__in=known.values())
        stored = {
            (each.employer_id, each.period_first, each.period_last): each
            for each in declared.select_related("employer__organisation", "organisation")
        }
        for row in rows:
            if employer := known.get(row.get("credit_code")):
                key = (employer.pk, row.get("period_first"), row.get("period_last"))
                row.instance = stored.get(key)
            else:
                row.refuse(
                    "unknown_employer",
                    "没有找到信用代码为“{value}”的用人单位，请先登记该单位。",
                    column="credit_code",
                )

    def write(self, rows: Sequence[Row], context: Context) -> None:
        employers = context.data["employers"]
        fresh = [row for row in rows if row.instance is None]
        fixed = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, self.FIELDS)
        drafts = []
        for row in fresh:
            employer = employers[row.get("credit_code")]
            drafts.append(
                row.draft(
                    WageDeclaration,
                    self.FIELDS,
                    employer=employer,
                    organisation=employer.organisation,
                )
            )
        made = collection.record_wages(drafts, by=context.by)
        for row, declaration in zip(fresh, made, strict=True):
            row.object_id = str(declaration.pk)
        collection.correct_wages(fixed, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "employer__organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        collection.withdraw_wages([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        collection.correct_wages([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).select_related("employer")
