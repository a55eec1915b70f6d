"""The rows of the register: employers, unions' particulars, people and their memberships."""

from members.models.doubles import DuplicateCandidate, Merge
from members.models.employers import Coverage, Employer
from members.models.people import Membership, Person, Transfer
from members.models.unions import HeadcountReport, Mechanism, Post, UnionProfile

__all__ = [
    "Coverage",
    "DuplicateCandidate",
    "Employer",
    "HeadcountReport",
    "Mechanism",
    "Membership",
    "Merge",
    "Person",
    "Post",
    "Transfer",
    "UnionProfile",
]
