"""家庭收支: what comes into a household and what it must spend, by month."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from core import workflow
from core.rules import certificates
from core.sheets import (
    CellError,
    ChoiceWidget,
    Column,
    Context,
    DateWidget,
    Mended,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from hardship.models import Expense, FamilyMember, Income
from hardship.services import intake
from hardship.services.files import not_editable
from hardship.sheets import cells, links
from members.sheets.widgets import parse_date


class MonthWidget(DateWidget):
    """A month, kept by its first day: 2026-03, 2026年3月, or any day in it."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        text = str(value).strip().rstrip("月")
        parts = text.replace("年", "-").replace("/", "-").replace(".", "-").split("-")
        if len(parts) == 2 and all(part.isdecimal() for part in parts):
            text = f"{parts[0]}-{int(parts[1]):02}-01"
        elif text.isdecimal() and len(text) == 6:
            text = f"{text[:4]}-{text[4:]}-01"
        else:
            text = str(value)
        try:
            found = super().clean(text, row, **kwargs)
        except CellError as error:
            raise CellError("bad_month", "“{value}”不是月份，请写成 2026-03。") from error
        day = found.value if isinstance(found, Mended) else found
        return day.replace(day=1)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:%Y-%m}"


class MoneyColumns(Sheet):
    """What incomes and expenditures have in common. One row is one amount, month by month."""

    head = cells.head("case__applicant__certificate_number")
    number = cells.number(
        "成员证件号码",
        "member__certificate_number",
        required=False,
        help_text="不填为申请人本人",
        synonyms=["家庭成员证件号码", "家庭成员身份证号", "成员身份证号", "证件号码", "身份证号"],
        examples=["", "330600196503071297"],
    )
    first_month = Column(
        "起始月份",
        "first_month",
        required=True,
        widget=MonthWidget(parse_date),
        synonyms=["起始年月", "开始月份"],
        examples=["2025-03", "2025-03"],
    )
    last_month = Column(
        "截止月份",
        "last_month",
        required=True,
        widget=MonthWidget(parse_date),
        help_text="一次性的收支，起止填同一个月",
        synonyms=["截止年月", "结束月份"],
        examples=["2026-02", "2025-03"],
    )
    payer = cells.text("发放或收取单位", "payer", ["江城纺织厂", ""], synonyms=["单位", "来源单位"])

    FIELDS = ("amount", "kind", "first_month", "last_month", "payer")

    def prepare(self, context: Context) -> None:
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("first_month"), row.get("last_month")
            if first and last and last < first:
                row.refuse(
                    "months_backward", "截止月份不能早于起始月份，请核对。", column="last_month"
                )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        key = cells.comparable(row, "head", "kind", "first_month")
        member = certificates.comparable_number(row.get("number") or row.get("head") or "")
        return key and [*key, member, row.get("payer") or ""]

    def match(self, rows: Sequence[Row], context: Context) -> None:
        members = context.visible(FamilyMember, self.permission).filter(case__is_open=True)
        linked = links.link(rows, context, members, noun="困难职工档案")
        context.data["members"] = owners = {}
        for row, cases in linked.items():
            if owner := links.member(row, cases[-1], context.data["concerned"]):
                owners[row] = owner
        self._find(owners)
        for row, owner in owners.items():
            case = owner.case
            if not case.is_editable and (row.instance is None or any(self.differing(row))):
                row.refuse("not_editable", not_editable(case), column="head")

    def _find(self, owners: dict[Row, FamilyMember]) -> None:
        """The amounts that the register has: of one member, kind, payer and first month."""
        model = self._meta.model
        rows = model.objects.filter(member__in={owner.pk for owner in owners.values()})
        known = {}
        for one in rows.select_related("case__organisation", "member").order_by("-pk"):
            known[one.member_id, one.kind, one.payer, one.first_month] = one
        for row, owner in owners.items():
            key = (owner.pk, row.get("kind"), row.get("payer") or "", row.get("first_month"))
            if found := known.get(key):
                found.case, found.member = owner.case, owner
                row.instance = found

    def write(self, rows: Sequence[Row], context: Context) -> None:
        owners = context.data["members"]
        for row in rows:
            if row.instance is None:
                owner = owners[row]
                row.instance = row.draft(
                    self._meta.model, self.FIELDS, case=owner.case, member=owner
                )
            else:
                row.assign(row.instance, self.FIELDS)
        self._put([row.instance for row in rows], context)
        for row in rows:
            row.object_id = str(row.instance.pk)

    def _put(self, parts: Sequence[Income | Expense], context: Context) -> None:
        intake.put_many(parts, fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("case__organisation", "member")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        intake.drop_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        self._put([row.instance for row in rows], context)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).filter(case__is_open=True, member__left_on=None)
        return rows.select_related("case", "member").prefetch_related("case__members")


NOTES = ("请先导入困难职工档案和家庭成员；档案须为草稿、退回补正或复核填报中。",)
AMOUNT = ["每月金额（元）", "月金额", "金额"]


@register
class IncomeSheet(MoneyColumns):
    """家庭收入."""

    kind = cells.choice(
        "收入种类", "kind", Income.Kind.choices, ["工资性收入", "其他收入"], required=True
    )
    amount = cells.money(
        "每月金额",
        "amount",
        ["3000.00", "800.00"],
        required=True,
        widget=MoneyWidget(minimum=-(10**9)),
        help_text="元；经营亏损填负数",
        synonyms=AMOUNT,
    )

    class Meta:
        name = "hardship_incomes"
        label = "困难职工家庭收入"
        model = Income
        permission = "hardship.change_case"
        export_permission = "hardship.export_case"
        purpose = "核定家庭收入和刚性支出"
        import_id_fields = ("head", "number", "kind", "first_month", "payer")
        described_by = ("head", "kind")
        notes = NOTES


KINDS = {"医疗费": "medical", "看病": "medical", "学费": "education", "上学": "education"}


@register
class ExpenseSheet(MoneyColumns):
    """家庭支出."""

    kind = Column(
        "支出种类",
        "kind",
        required=True,
        widget=ChoiceWidget(dict(Expense.Kind.choices), synonyms=KINDS),
        examples=["医疗自付", "教育"],
    )
    amount = cells.money(
        "每月金额", "amount", ["1500.00", "6000.00"], required=True, help_text="元", synonyms=AMOUNT
    )
    is_by_event = cells.yes("由突发事件造成", "is_by_event", ["", ""])

    FIELDS = (*MoneyColumns.FIELDS, "is_by_event")

    class Meta:
        name = "hardship_expenses"
        label = "困难职工家庭支出"
        model = Expense
        permission = "hardship.change_case"
        export_permission = "hardship.export_case"
        purpose = "核定家庭收入和刚性支出"
        import_id_fields = ("head", "number", "kind", "first_month", "payer")
        described_by = ("head", "kind")
        notes = NOTES
