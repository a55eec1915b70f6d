"""The voucher book and the trial balance, above the list of entries."""

from typing import ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.admin import Table, button
from core.errors import Refused
from core.forms import ScopedForm
from core.models import Organisation
from core.periods import Period
from funds import ledger
from funds.services import ledger as books

MONTHS = [(month, f"{month}月") for month in range(1, 13)]
HEADINGS = [
    *["科目编码", "科目名称", "期初余额（元）", "本期借方（元）", "本期贷方（元）"],
    "期末余额（元）",
]


class MonthsForm(ScopedForm):
    """Whole months of one year, of the books of one organisation."""

    organisation = forms.ModelChoiceField(Organisation.objects.all(), label="工会")
    year = forms.IntegerField(
        label="年度", validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    first = forms.TypedChoiceField(label="起始月份", choices=MONTHS, coerce=int)
    last = forms.TypedChoiceField(label="截止月份", choices=MONTHS, coerce=int)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.initial |= {
            "organisation": self.user.organisation_id,
            "year": today.year,
            "first": 1,
            "last": today.month,
        }


def _period(year: int, first: int, last: int) -> Period:
    if last < first:
        raise Refused("截止月份不能早于起始月份，请重新选择。", code="months_backward")
    return Period.months(year, first, last)


class LedgerButtons:
    """Buttons of the list of entries."""

    actions_list: ClassVar[list[str]] = ["trial_balance", "voucher_book"]

    @button(
        "科目余额表",
        permission="funds.view_journalentry",
        form=MonthsForm,
        icon="balance",
        consequences=lambda row: ["列出所选工会及其下级各科目的期初余额、本期发生额和期末余额。"],
    )
    def trial_balance(
        self,
        request: HttpRequest,
        row: None,
        organisation: Organisation,
        year: int,
        first: int,
        last: int,
    ) -> HttpResponse:
        period = _period(year, first, last)
        balances = ledger.trial_balance(organisation, period, reader=request.user)
        shown = [*balances, ledger.totals(balances)] if balances else []
        table = Table(
            f"{organisation} {period.start} 至 {period.end}",
            HEADINGS,
            [[each.account, each.name, *(f"{one:,.2f}" for one in each[2:])] for each in shown],
            "截至所选期间没有分录。",
        )
        return self._page(
            request, "funds/trial_balance.html", None, title="科目余额表", tables=[table]
        )

    @button(
        "导出凭证簿",
        permission="funds.view_journalentry",
        form=MonthsForm,
        icon="menu_book",
        consequences=lambda row: [
            "导出所选工会及其下级的凭证和科目余额表（工作簿）；凭证按月编号，个人姓名脱敏。",
        ],
    )
    def voucher_book(
        self,
        request: HttpRequest,
        row: None,
        organisation: Organisation,
        year: int,
        first: int,
        last: int,
    ) -> HttpResponse:
        asked = books.start(organisation, _period(year, first, last), by=request.user)
        return redirect("job", asked.pk)
