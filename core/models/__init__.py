"""The rows of the ground floor: organisations, accounts, the trail, jobs, files, figures."""

from core.models.accounts import Assignment, Department, Principal, User
from core.models.audit import AuditBlock, AuditEvent
from core.models.calendar import CalendarDay
from core.models.files import Notice, StoredFile
from core.models.indicators import IndicatorDefinition, ManualFigure
from core.models.jobs import Job, JobStep
from core.models.machines import KeptAnswer, MachineKey
from core.models.organisations import Lineage, Organisation
from core.models.publicity import Objection, Publicity, PublicVisit
from core.models.sheets import SheetImport, SheetMapping, SheetMend, SheetRow
from core.models.workflow import Decision, DeclaredKin, Proceeding

__all__ = [
    "Assignment",
    "AuditBlock",
    "AuditEvent",
    "CalendarDay",
    "Decision",
    "DeclaredKin",
    "Department",
    "IndicatorDefinition",
    "Job",
    "JobStep",
    "KeptAnswer",
    "Lineage",
    "MachineKey",
    "ManualFigure",
    "Notice",
    "Objection",
    "Organisation",
    "Principal",
    "Proceeding",
    "PublicVisit",
    "Publicity",
    "SheetImport",
    "SheetMapping",
    "SheetMend",
    "SheetRow",
    "StoredFile",
    "User",
]
