"""The rows of honours: titles, who holds them, how they were given, what they bring."""

from honours.models.allowances import Allowance, AllowanceKind, AllowanceRule
from honours.models.awards import Award, CollectiveAward
from honours.models.candidates import Category, Circumstance, Department, Flag, Group
from honours.models.cares import Care, CareKind, CareRule
from honours.models.catalogue import Level, Title
from honours.models.criteria import ExclusionRule, OpinionRule, RatioConstraint
from honours.models.holders import Confirmation, Holder, Status
from honours.models.homes import HomeRating, HomeRule, Inspection
from honours.models.nominations import Nomination, NominationPaper, Opinion, Recommendation
from honours.models.pairs import Apprenticeship
from honours.models.revocations import Revocation
from honours.models.selections import Quota, Selection
from honours.models.studio_work import (
    StudioAssessment,
    StudioGrant,
    StudioGrantRule,
    StudioProject,
    StudioResult,
)
from honours.models.studios import Studio, StudioHave, StudioMember, StudioRule

__all__ = [
    "Allowance",
    "AllowanceKind",
    "AllowanceRule",
    "Apprenticeship",
    "Award",
    "Care",
    "CareKind",
    "CareRule",
    "Category",
    "Circumstance",
    "CollectiveAward",
    "Confirmation",
    "Department",
    "ExclusionRule",
    "Flag",
    "Group",
    "Holder",
    "HomeRating",
    "HomeRule",
    "Inspection",
    "Level",
    "Nomination",
    "NominationPaper",
    "Opinion",
    "OpinionRule",
    "Quota",
    "RatioConstraint",
    "Recommendation",
    "Revocation",
    "Selection",
    "Status",
    "Studio",
    "StudioAssessment",
    "StudioGrant",
    "StudioGrantRule",
    "StudioHave",
    "StudioMember",
    "StudioProject",
    "StudioResult",
    "StudioRule",
    "Title",
]
