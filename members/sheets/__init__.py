"""The three rosters that come in and go out as spreadsheets: unions, employers, members."""

from members.sheets.employers import EmployerSheet
from members.sheets.members import MemberSheet
from members.sheets.unions import OrganisationSheet

__all__ = ["EmployerSheet", "MemberSheet", "OrganisationSheet"]
