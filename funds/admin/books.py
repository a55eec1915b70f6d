"""The chart, the journal, and how banks want their files."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ReadOnlyAdmin, ScopedAdmin, SubtreeFilter, Table
from core.models import User
from funds.admin.ledger import LedgerButtons
from funds.models import Account, BankLayout, JournalEntry, Posting
from funds.rules import bank_files

SHOWN = 200  # postings on the page of an entry


@admin.register(Account)
class AccountAdmin(ScopedAdmin):
    list_display = ["code", "name", "role"]
    list_display_links = ["code", "name"]
    ordering = ["code"]
    sortable_by = ()
    fields = ["code", "name", "role"]


@admin.register(BankLayout)
class BankLayoutAdmin(ScopedAdmin):
    list_display = ["label", "format", "encoding", "amount_style"]
    list_display_links = ["label"]
    ordering = ["code"]
    sortable_by = ()
    fields = [
        "code",
        "label",
        "format",
        "encoding",
        "amount_style",
        "columns",
        "has_headings",
        "header",
        "footer",
    ]

    def tables_of(self, obj: BankLayout, *, reader: User) -> list[Table]:
        rows = [
            [name, label] for name, label in {**bank_files.FIELDS, **bank_files.CONTROLS}.items()
        ]
        return [Table("可用的字段", ["字段", "内容"], rows, "")]


class KindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = JournalEntry.Kind.choices


@admin.register(JournalEntry)
class JournalEntryAdmin(LedgerButtons, ReadOnlyAdmin):
    """Entries are written by what happens to money, and never rewritten."""

    list_display = ["on", "kind", "whose", "organisation", "amount"]
    list_display_links = ["on"]
    list_filter = [KindFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["on", "kind", "whose", "organisation", "reverses", "by", "at"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Each with what it debits: a distribution has postings by the ten thousand."""
        mine = Posting.objects.visible_to(request.user, "funds.view_journalentry")
        debits = mine.filter(entry=models.OuterRef("pk"), amount__gt=0)
        total = debits.order_by().values("entry").annotate(total=models.Sum("amount"))
        rows = (
            super().get_queryset(request).annotate(debited=models.Subquery(total.values("total")))
        )
        return rows.select_related("payable", "distribution", "organisation", "by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="收款人（分配单）")
    def whose(self, row: JournalEntry) -> str:
        return row.payable.payee if row.payable else str(row.distribution)

    @display(description="金额（元）")
    def amount(self, row: JournalEntry) -> str:
        return f"{row.debited:,.2f}"

    def tables_of(self, obj: JournalEntry, *, reader: User) -> list[Table]:
        postings = obj.postings.select_related("account", "payee").order_by("pk")
        found = list(postings[: SHOWN + 1])
        tables = [
            Table(
                "分录" if len(found) <= SHOWN else f"分录（前 {SHOWN} 条）",
                ["科目", "往来工会", "借方（元）", "贷方（元）"],
                [[each.account, each.payee, *_sides(each.amount)] for each in found[:SHOWN]],
                "没有分录。",
            )
        ]
        return tables if len(found) <= SHOWN else [self._by_account(obj), *tables]

    def _by_account(self, entry: JournalEntry) -> Table:
        """The sums of an entry that is too long to be read."""
        sums = entry.postings.order_by("account__code").values_list(
            "account__code", "account__name"
        )
        return Table(
            "按科目合计",
            ["科目", "分录（条）", "借方（元）", "贷方（元）"],
            [
                [f"{code} {name}", f"{count:,}", *_sides(total)]
                for code, name, count, total in sums.annotate(
                    count=models.Count("pk"), total=models.Sum("amount")
                )
            ],
            "",
        )


def _sides(amount: Decimal) -> list[str | None]:
    """An amount in its column: debit above zero, credit below."""
    shown = f"{abs(amount):,.2f}"
    return [shown, None] if amount > 0 else [None, shown]
