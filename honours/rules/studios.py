"""Innovation studios: who may lead one, what a year is worth.

By the conditions of 合肥 (lead, one approved project a year) and 厦门 (七有); the numbers are dated
data (`StudioRule`).
"""

from decimal import Decimal

# 七有, in the order of the notices.
HAVES = (
    ("plate", "有牌匾"),
    ("place", "有场所"),
    ("rules", "有制度"),
    ("funds", "有经费"),
    ("team", "有团队"),
    ("ledger", "有台账"),
    ("results", "有成果"),
)
# Titles that let somebody lead a studio, at which levels.
LEADING_KINDS = ("model_worker", "advanced_worker", "may1_medal", "craftsman")
LEADING_LEVELS = ("national", "provincial", "municipal")

EXCELLENT, QUALIFIED, UNQUALIFIED = "excellent", "qualified", "unqualified"


def lacking(seen: set[str]) -> list[str]:
    """The names of the seven haves that were not seen."""
    return [label for code, label in HAVES if code not in seen]


def verdict(
    score: Decimal, projects: int, *, least_projects: int, qualified: Decimal, excellent: Decimal
) -> str:
    """What a year is worth: without the approved projects that are asked for it does not qualify,
    whatever the score."""
    if projects < least_projects or score < qualified:
        return UNQUALIFIED
    return EXCELLENT if score >= excellent else QUALIFIED
