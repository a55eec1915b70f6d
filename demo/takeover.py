"""The old register as workbooks, as it is handed over: rows by the columns of the sheets."""

from datetime import date
from typing import NamedTuple

from demo import accounts
from demo.register import OldFile, OldGrant, OldVisit, Register
from hardship.models import Case, FamilyMember, Grant, Recognition, Visit


class FileRow(NamedTuple):
    """One row of the sheet `hardship_takeover`."""

    number: str
    name: str
    organisation: str
    main_cause: str
    declared_persons: int
    declared_income: int
    housing: str
    housing_area: int
    employment: str
    illness: str | None
    disability: str | None
    phone: str
    address: str
    account_holder: str
    bank: str
    account: str
    event: str | None
    is_migrant_worker: bool
    is_settled: bool | None
    employed_since: date | None
    tier: str
    level: str
    filed_on: date
    old_document: str
    until: date | None
    ending: str | None


class RelativeRow(NamedTuple):
    """One row of the sheet `hardship_takeover_family`."""

    head: str
    relation: str
    name: str
    number: str
    employment: str
    school: str | None
    illness: str | None


class GrantRow(NamedTuple):
    """One row of the sheet `hardship_takeover_grants`."""

    head: str
    number: str
    kind: str
    source: str
    cause: str | None
    amount: int
    paid_on: date


class VisitRow(NamedTuple):
    """One row of the sheet `hardship_visits`."""

    head: str
    kind: str
    held_on: date
    visitors: str
    finding: str


def files(register: Register) -> list[FileRow]:
    return [_file(old) for old in register.files]


def _file(old: OldFile) -> FileRow:
    family, applicant = old.family, old.family.applicant
    return FileRow(
        number=applicant.number,
        name=applicant.name,
        organisation=family.organisation,
        main_cause=_label(Case, "main_cause", family.cause),
        declared_persons=len(family.members),
        declared_income=int(family.yearly),
        housing=_label(Case, "housing", family.housing),
        housing_area=family.area,
        employment=_label(FamilyMember, "employment", applicant.employment),
        illness=applicant.illness or None,
        disability=applicant.disability or None,
        phone=family.phone,
        address=family.address,
        account_holder=applicant.name,
        bank=family.bank,
        account=family.account,
        event=Case.Event.DISASTER.label if family.loss else None,
        is_migrant_worker=family.is_migrant,
        is_settled=True if family.is_migrant else None,
        employed_since=date(old.filed_on.year - 3, 5, 6) if family.is_migrant else None,
        tier=_label(Recognition, "tier", old.tier),
        level=_label(Recognition, "level", old.level),
        filed_on=old.filed_on,
        old_document=old.document,
        until=old.until,
        ending=_label(Recognition, "ending", old.ending) if old.ending else None,
    )


def families(register: Register) -> list[RelativeRow]:
    return [
        RelativeRow(
            head=old.head,
            relation=_label(FamilyMember, "relation", one.relation),
            name=one.name,
            number=one.number,
            employment=_label(FamilyMember, "employment", one.employment),
            school=one.school or None,
            illness=one.illness or None,
        )
        for old in register.files
        for one in old.family.members[1:]
    ]


def grants(register: Register) -> list[GrantRow]:
    return [_grant(old) for old in register.grants]


def _grant(old: OldGrant) -> GrantRow:
    return GrantRow(
        head=old.head,
        number=old.beneficiary,
        kind=_label(Grant, "kind", old.kind),
        source=_label(Grant, "source", old.source),
        cause=_label(Grant, "cause", old.cause) if old.cause else None,
        amount=old.amount,
        paid_on=old.paid_on,
    )


def visits(register: Register) -> list[VisitRow]:
    """The clerk of each district went to the households of his district."""
    return [_visit(old) for old in register.visits]


def _visit(old: OldVisit) -> VisitRow:
    return VisitRow(
        head=old.head,
        kind=Visit.Kind.CONDOLENCE.label,
        held_on=old.held_on,
        visitors=accounts.DISTRICT_CLERKS[old.district].username,
        finding=old.finding,
    )


def _label(model: type, field: str, value: str) -> str:
    """The word for a value, as a clerk writes it."""
    return str(dict(model._meta.get_field(field).flatchoices)[value])
