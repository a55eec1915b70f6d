"""帮扶金: grants that are laid down, to be approved by another person and paid later."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core import workflow
from core.rules import certificates
from core.sheets import (
    Column,
    Context,
    DateWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from hardship.models import FamilyMember, Grant
from hardship.models.aid import AidKind
from hardship.models.households import Cause
from hardship.services import aid
from hardship.services.collisions import Collisions
from hardship.sheets import cells, links
from members.sheets.widgets import parse_date

ENTERED = (
    "同一受助人同一事由、同一期间的帮扶金已经登记，内容不同，不能以导入改动；确需更正的，请先撤回。"
)
# At which cell an obstacle is told.
PLACES = {
    "not_on_file": "head",
    "beneficiary": "number",
    "source": "source",
    "given_already": "kind",
    "shared_account": "head",
    "above_cap": "amount",
}


def period(heading: str, attribute: str, examples: Sequence[str], **more: Any) -> Column:
    """A day of the time for which a grant is given, which may lie ahead."""
    return Column(
        heading, attribute, required=True, widget=DateWidget(parse_date), examples=examples, **more
    )


@register
class GrantSheet(Sheet):
    """帮扶金: one row is one grant of one kind and cause for one period to one member."""

    head = cells.head("case__applicant__certificate_number")
    number = cells.beneficiary("beneficiary__certificate_number", ["", ""])
    kind = cells.choice(
        "帮扶种类",
        "kind",
        AidKind.choices,
        ["生活救助", "医疗救助"],
        required=True,
        synonyms=["救助类型", "帮扶类型"],
    )
    source = cells.source(["市级财政", "工会经费"])
    cause = cells.choice(
        "帮扶事由", "cause", Cause.choices, ["", ""], help_text="不填为档案的主要致困原因"
    )
    amount = cells.money(
        "金额",
        "amount",
        ["1000.00", "2000.00"],
        required=True,
        widget=MoneyWidget(minimum=Decimal("0.01")),
        help_text="元",
        synonyms=["金额（元）", "帮扶金额", "发放金额"],
    )
    period_first = period(
        "帮扶期间起", "period_first", ["2026-01-01", "2026-01-01"], synonyms=["期间起"]
    )
    period_last = period(
        "帮扶期间止", "period_last", ["2026-12-31", "2026-12-31"], synonyms=["期间止"]
    )

    FIELDS = ("kind", "source", "cause", "amount", "period_first", "period_last")

    class Meta:
        name = "hardship_grants"
        label = "困难职工帮扶金"
        model = Grant
        permission = "hardship.add_grant"
        export_permission = "hardship.export_case"
        purpose = "帮扶资金的发放"
        import_id_fields = ("head", "number", "kind", "cause", "period_first")
        described_by = ("head", "kind")
        notes = (
            "只登记拟发放的帮扶金，由他人批准后支付；已登记的不重复登记。",
            "每户每年上限连同本表各行一并计算。",
        )

    def prepare(self, context: Context) -> None:
        context.data["concerned"] = workflow.Ties(context.by).persons

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            first, last = row.get("period_first"), row.get("period_last")
            if first and last and last < first:
                row.refuse(
                    "period_backward",
                    "帮扶期间止不能早于帮扶期间起，请核对。",
                    column="period_last",
                )

    def row_key(self, row: Row) -> Sequence[Any] | None:
        key = cells.comparable(row, "head", "kind", "period_first")
        owner = certificates.comparable_number(row.get("number") or row.get("head") or "")
        return key and [*key, owner, row.get("cause") or ""]

    def match(self, rows: Sequence[Row], context: Context) -> None:
        members = context.visible(FamilyMember, self.permission).filter(case__is_open=True)
        linked = links.link(rows, context, members, noun="困难职工档案")
        owners = {
            row: owner
            for row, cases in linked.items()
            if (owner := links.member(row, cases[-1], context.data["concerned"]))
        }
        for row, owner in owners.items():
            row.values.setdefault("cause", owner.case.main_cause)
        self._find(owners)
        new = {row: self._draft(row, owner) for row, owner in owners.items() if not row.instance}
        by_draft = {id(grant): row for row, grant in new.items()}
        for grant, code, sentence in Collisions(list(new.values())).obstacles():
            by_draft[id(grant)].refuse(code, sentence, column=PLACES[code])
        context.data["owners"] = owners

    def _find(self, owners: Mapping[Row, FamilyMember]) -> None:
        """The grants that the register has; a row that says otherwise of one is refused."""
        grants = Grant.objects.standing().filter(
            beneficiary__in={owner.pk for owner in owners.values()}
        )
        known = {(one.beneficiary_id, one.kind, one.cause, one.period_first): one for one in grants}
        for row, owner in owners.items():
            key = (owner.pk, row.get("kind"), row.get("cause"), row.get("period_first"))
            if found := known.get(key):
                found.case, found.beneficiary = owner.case, owner
                row.instance = found
                if any(self.differing(row)):
                    row.refuse("entered", ENTERED)

    def _draft(self, row: Row, owner: FamilyMember) -> Grant:
        return row.draft(
            Grant,
            self.FIELDS,
            case=owner.case,
            beneficiary=owner,
            granted_on=timezone.localdate(),
        )

    def write(self, rows: Sequence[Row], context: Context) -> None:
        owners = context.data["owners"]
        made = aid.grant_many([self._draft(row, owners[row]) for row in rows], by=context.by)
        for row, grant in zip(rows, made, strict=True):
            row.object_id = str(grant.pk)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "case", "beneficiary")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        aid.take_back_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        rows = super().rows(context).standing().filter(case__is_open=True)
        return rows.select_related("case", "beneficiary").prefetch_related("case__members")
