"""The chart, the journal, and how banks want their files."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ReadOnlyAdmin, ScopedAdmin, SubtreeFilter, Table
from core.models import User
from funds.models import Account, BankLayout, JournalEntry
from funds.rules import bank_files


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
class JournalEntryAdmin(ReadOnlyAdmin):
    """Entries are written by what happens to money, and never rewritten."""

    list_display = ["on", "kind", "whose", "organisation", "amount"]
    list_display_links = ["on"]
    list_filter = [KindFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["on", "kind", "whose", "organisation", "reverses", "by", "at"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = (
            super()
            .get_queryset(request)
            .select_related("payable", "distribution", "organisation", "by")
        )
        return rows.prefetch_related("postings__account", "postings__payee")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="收款人")
    def whose(self, row: JournalEntry) -> str:
        return row.payable.payee if row.payable else str(row.distribution)

    @display(description="金额（元）")
    def amount(self, row: JournalEntry) -> str:
        return f"{sum(each.amount for each in row.postings.all() if each.amount > 0):,}"

    def tables_of(self, obj: JournalEntry, *, reader: User) -> list[Table]:
        return [
            Table(
                "分录",
                ["科目", "往来工会", "借方（元）", "贷方（元）"],
                [
                    [
                        each.account,
                        each.payee,
                        f"{each.amount:,}" if each.amount > 0 else None,
                        f"{-each.amount:,}" if each.amount < 0 else None,
                    ]
                    for each in obj.postings.all()
                ],
                "没有分录。",
            )
        ]
