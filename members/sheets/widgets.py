"""Cells that a rule of the register reads: codes, numbers, phones, days."""

import datetime

from django.utils import timezone

from core.rules import Invalid
from core.sheets import TIDIED, CellError, DateWidget, IdentifierWidget, Mended
from members.rules import contacts, dates


class RuleWidget(IdentifierWidget):
    """A code, number or name that a rule of the register brings into its one form."""

    def __init__(self, rule, **options) -> None:
        super().__init__()
        self.rule, self.options = rule, options

    def clean(self, value, row=None, **kwargs):
        cleaned = super().clean(value, row, **kwargs)
        text = cleaned.value if isinstance(cleaned, Mended) else cleaned
        try:
            checked = self.rule(text, **self.options)
        except Invalid as error:
            raise CellError(error.code, error.message, error.suggestion or None) from error
        tidied = [TIDIED] if checked.value != value else []
        remarks = [*tidied, *checked.remarks]
        return Mended(checked.value, *remarks) if remarks else checked.value


class PhoneWidget(RuleWidget):
    """A mobile number. One that a spreadsheet has rounded is told apart from a mistyped one."""

    def __init__(self) -> None:
        super().__init__(contacts.mobile)

    def clean(self, value, row=None, **kwargs):
        try:
            return super().clean(value, row, **kwargs)
        except CellError as error:
            if error.code != "digits_lost":
                raise
            raise CellError(
                "phone_scientific",
                "手机号变成了科学计数（{value}），后几位已丢失，"
                "请把该列设为文本格式后重新填写 11 位号码。",
            ) from error


def day() -> DateWidget:
    """A day in the past, in every form that people write."""
    return DateWidget(parse_date, latest=timezone.localdate)


def parse_date(text: str) -> datetime.date:
    try:
        return dates.parse_date(text)
    except Invalid as error:
        raise CellError("bad_date", error.message) from error
