"""Transfers: issued from the record of the member, decided here by the receiving side."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, button
from core.forms import ScopedForm
from members.models import Transfer
from members.services import people

STATE_MARKS = {
    Transfer.State.ISSUED: Mark.WAITING,
    Transfer.State.ACCEPTED: Mark.DONE,
    Transfer.State.DECLINED: Mark.REFUSED,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = Transfer.State.choices


class AcceptForm(ScopedForm):
    on = forms.DateField(label="接收日期", initial=timezone.localdate)


class DeclineForm(AcceptForm):
    on = forms.DateField(label="退回日期", initial=timezone.localdate)
    reason = forms.CharField(
        label="退回原因",
        min_length=2,
        max_length=200,
        help_text="转出工会可以看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def awaits(transfer: Transfer) -> bool:
    return transfer.state == Transfer.State.ISSUED


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """A transfer begins on the record of the member; it is decided, never rewritten."""

    list_display = ["name", "number", "leaving", "receiving", "issued_on", "decided_on", "mark"]
    list_display_links = ["name"]
    list_filter = [StateFilter, SubtreeFilter]
    list_select_related = ["membership__person", "organisation", "target"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "name",
        "number",
        "leaving",
        "receiving",
        "issued_on",
        "mark",
        "decided_on",
        "reason",
    ]
    actions_detail = ["accept", "decline"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="会员")
    def name(self, row: Transfer) -> str:
        return row.membership.person.name

    @display(description="证件号码")
    def number(self, row: Transfer) -> str:
        return str(row.membership.person.certificate_number)

    @display(description="转出工会")
    def leaving(self, row: Transfer) -> str:
        return str(row.organisation)

    @display(description="转入工会")
    def receiving(self, row: Transfer) -> str:
        return str(row.target)

    @display(description="状态")
    def mark(self, row: Transfer) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    @button(
        "接收",
        permission="members.transfer_membership",
        asked_of=lambda row: row.target,
        form=AcceptForm,
        icon="how_to_reg",
        when=awaits,
        consequences=lambda row: [
            f"{row.membership.person}自接收日期起是“{row.target}”的会员。",
            f"在“{row.organisation}”的会籍同日终止。",
        ],
    )
    def accept(self, request: HttpRequest, row: Transfer, on: datetime.date) -> str:
        people.accept_transfer(row, on=on, by=request.user)
        return f"已接收，{row.membership.person}自 {on} 起是“{row.target}”的会员。"

    @button(
        "退回",
        permission="members.transfer_membership",
        asked_of=lambda row: row.target,
        form=DeclineForm,
        icon="undo",
        danger=True,
        when=awaits,
        consequences=lambda row: [f"{row.membership.person}仍是“{row.organisation}”的会员。"],
    )
    def decline(self, request: HttpRequest, row: Transfer, on: datetime.date, reason: str) -> str:
        people.decline_transfer(row, on=on, reason=reason, by=request.user)
        return "已退回转出工会。"
