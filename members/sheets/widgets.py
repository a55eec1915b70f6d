"""Cells that a rule of the register reads: codes, numbers, phones, days."""

import datetime

from django.utils import timezone

from core.sheets import (
    CellError,
    DateWidget,
    IdentifierWidget,
    Mended,
)
from members import rules


class RuleWidget(IdentifierWidget):
    """A code, number or name that a rule of the register brings into its one form."""

    def __init__(self, rule, **options) -> None:
        super().__init__()
        self.rule, self.options = rule, options

    def clean(self, value, row=None, **kwargs):
        text = super().clean(value, row, **kwargs)
        try:
            checked = self.rule(text, **self.options)
        except rules.Invalid as error:
            raise CellError(error.code, error.message, error.suggestion or None) from error
        if checked.value != str(value):
            return Mended(checked.value, "mended", "已去除空格或统一为规范写法。")
        return checked.value


def day() -> DateWidget:
    """A day in the past, in every form that people write."""
    return DateWidget(parse_date, latest=timezone.localdate)


def parse_date(text: str) -> datetime.date:
    try:
        return rules.parse_date(text)
    except rules.Invalid as error:
        raise CellError("bad_date", error.message) from error
