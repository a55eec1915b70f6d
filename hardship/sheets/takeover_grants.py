"""存量帮扶金: what old files were given before they were taken over."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from core import workflow
from core.rules import certificates
from core.sheets import Column, Context, DateWidget, MoneyWidget, Row, Sheet, Written, register
from hardship.models import Case, FamilyMember, Grant
from hardship.models.aid import AidKind
from hardship.models.households import Cause
from hardship.services import takeover
from hardship.sheets import cells, links
from hardship.sheets.takeover import ENTERED, OfOldFile
from members.sheets.widgets import parse_date


@register
class TakeoverGrantSheet(OfOldFile, Sheet):
    """存量帮扶金: what was paid to old files before they were taken over."""

    head = cells.head("case__applicant__certificate_number")
    number = cells.beneficiary("beneficiary__certificate_number", ["", "330600197003071287"])
    kind = cells.choice(
        "帮扶种类", "kind", AidKind.choices, ["生活救助", "送温暖慰问"], required=True,
        synonyms=["救助类型", "帮扶类型"],
    )  # fmt: skip
    source = cells.source(["市级财政", "工会经费"])
    cause = cells.choice(
        "帮扶事由", "cause", Cause.choices, ["", ""], help_text="不填为档案的主要致困原因"
    )
    amount = cells.money(
        "金额",
        "amount",
        ["3000.00", "1000.00"],
        required=True,
        widget=MoneyWidget(minimum=Decimal("0.01")),
        help_text="元",
        synonyms=["金额（元）", "发放金额", "帮扶金额"],
    )
    paid_on = cells.date(
        "发放日期",
        "paid_on",
        ["2021-01-20", "2020-01-15"],
        required=True,
        synonyms=["发放时间", "到账日期"],
    )
    period_first = cells.date("帮扶期间起", "period_first", ["", ""], help_text="不填为发放当日")
    period_last = Column(
        "帮扶期间止",
        "period_last",
        widget=DateWidget(parse_date),
        help_text="不填为帮扶期间起",
        examples=["", ""],
    )

    FIELDS = ("kind", "source", "cause", "amount", "period_first", "period_last", "paid_on")

    class Meta:
        name = "hardship_takeover_grants"
        label = "存量帮扶金"
        model = Grant
        permission = takeover.PERMISSION
        export_permission = "hardship.export_case"
        purpose = "存量困难职工档案移交"
        import_id_fields = ("head", "number", "kind", "paid_on")
        described_by = ("head", "kind")
        notes = ("只登记移交之前已经发放的帮扶金，不再付款；以后的帮扶金在帮扶金发放中办理。",)

    def prepare(self, context: Context) -> None:
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            values = row.values
            if paid := values.get("paid_on"):
                first = values.setdefault("period_first", paid)
                if values.setdefault("period_last", first) < first:
                    row.refuse(
                        "period_backward",
                        "帮扶期间止不能早于帮扶期间起，请核对。",
                        column="period_last",
                    )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        key = cells.comparable(row, "head", "kind", "paid_on")
        owner = certificates.comparable_number(row.get("number") or row.get("head") or "")
        return key and [*key, owner]

    def match(self, rows: Sequence[Row], context: Context) -> None:
        linked = links.link(rows, context, self.heads(context), noun=self.noun)
        context.data["members"] = owners = {}
        for row, cases in linked.items():
            if owner := self._beneficiary(row, cases, context):
                owners[row] = owner
                row.values.setdefault("cause", owner.case.main_cause)
        grants = Grant.objects.filter(
            beneficiary__in={owner.pk for owner in owners.values()},
            paid_on__isnull=False,
        )
        known = {(one.beneficiary_id, one.kind, one.paid_on): one for one in grants}
        for row, owner in owners.items():
            if found := known.get((owner.pk, row.get("kind"), row.get("paid_on"))):
                found.case, found.beneficiary = owner.case, owner
                row.instance = found
                if any(self.differing(row)):
                    row.refuse("entered", ENTERED)

    def _beneficiary(
        self, row: Row, cases: Sequence[Case], context: Context
    ) -> FamilyMember | None:
        """Who got it: of the file that was kept on the day, the latest one that had begun."""
        paid = row.get("paid_on")
        begun = [case for case in cases if case.filed_on <= paid]
        if not begun and row.get("kind") == AidKind.EMERGENCY:
            begun = list(cases[:1])
        if not begun:
            row.refuse(
                "not_on_file",
                f"该户 {cases[0].filed_on} 才建档，发放日期早于建档日期，请核对。",
                column="paid_on",
            )
            return None
        owner = links.member(row, begun[-1], context.data["concerned"])
        if owner is not None and paid >= owner.case.taken_over_on:
            row.refuse("not_before", takeover.NOT_BEFORE, column="paid_on")
            return None
        return owner

    def write(self, rows: Sequence[Row], context: Context) -> None:
        owners = context.data["members"]
        made = [
            row.draft(Grant, self.FIELDS, case=owners[row].case, beneficiary=owners[row])
            for row in rows
        ]
        takeover.enter_grants_many(made, by=context.by)
        for row, grant in zip(rows, made, strict=True):
            row.object_id = str(grant.pk)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "case", "beneficiary")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        takeover.withdraw_grants_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).filter(paid_on__lt=F("case__taken_over_on"))
        return rows.select_related("case", "beneficiary").prefetch_related("case__members")
