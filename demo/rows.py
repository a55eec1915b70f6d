"""Rows as district clerks type them: texts of the columns of the sheets, dates and numbers."""

from datetime import date
from typing import NamedTuple


class Body(NamedTuple):
    """One union body, by the columns of the sheet `organisations`."""

    code: str
    name: str
    short_name: str
    level: str
    parent: str | None
    established_on: date
    kind: str
    sector: str | None = None
    approval_number: str | None = None
    union_code: str | None = None
    term_number: int | None = None
    term_since: date | None = None
    term_until: date | None = None
    chair_name: str | None = None
    chair_phone: str | None = None
    dues_channel: str | None = None


class Firm(NamedTuple):
    """One employer, by the columns of the sheet `employers`."""

    credit_code: str
    name: str
    ownership: str
    industry: str
    organisation: str
    size: str | None  # organs and institutions have none
    employees: int
    is_above_scale: bool
    is_platform: bool
    has_party_group: bool
    address: str
    contact: str
    phone: str | None
    opened_on: date
    union: str | None
    covered_since: date | None


class Member(NamedTuple):
    """One person in one union, by the columns of the sheet `members`."""

    name: str
    number: str
    sex: str
    ethnicity: str
    political_status: str
    education: str
    phone: str | None
    household: str
    skill_grade: str | None
    organisation: str
    employer: str | None
    joined_on: date
    card_number: str
    worker_group: str | None
    is_migrant_worker: bool
    employment: str
    position: str
