"""The rows of hardship: households and their files, what is asked, found and done."""

from hardship.models.aid import Grant, GrantCap, Pairing
from hardship.models.checks import DataCheck, Evidence, VetoAnswer, Visit
from hardship.models.evaluation import (
    EvaluatedHousehold,
    EvaluationSample,
    EvaluationTask,
    SampleItem,
)
from hardship.models.households import Case, Household
from hardship.models.means import Expense, Income
from hardship.models.outcomes import Alert, Recognition, Review
from hardship.models.people import FamilyMember
from hardship.models.standards import Procedure, Standard, TierRule, VetoRule

__all__ = [
    "Alert",
    "Case",
    "DataCheck",
    "EvaluatedHousehold",
    "EvaluationSample",
    "EvaluationTask",
    "Evidence",
    "Expense",
    "FamilyMember",
    "Grant",
    "GrantCap",
    "Household",
    "Income",
    "Pairing",
    "Procedure",
    "Recognition",
    "Review",
    "SampleItem",
    "Standard",
    "TierRule",
    "VetoAnswer",
    "VetoRule",
    "Visit",
]
