"""The rows of competitions: plans, events, entries, scores, results, learning, innovations."""

from competitions.models.champions import Champion
from competitions.models.disqualifications import Disqualification
from competitions.models.entries import Contestant, Entry
from competitions.models.innovations import Innovation
from competitions.models.judging import (
    BlindCode,
    Judge,
    OwnSeat,
    Panel,
    Recusal,
    Score,
    ScorePart,
    ScoreSheet,
)
from competitions.models.learning import (
    SkillCertificate,
    Trainee,
    Training,
    TrainingBase,
)
from competitions.models.participation import Participation, ParticipationReport, SizeRule
from competitions.models.programmes import Competition, Event, Programme, Stage
from competitions.models.results import (
    Appeal,
    Certificate,
    CertificateBatch,
    PrizeRule,
    Result,
    TeamPrize,
)

__all__ = [
    "Appeal",
    "BlindCode",
    "Certificate",
    "CertificateBatch",
    "Champion",
    "Competition",
    "Contestant",
    "Disqualification",
    "Entry",
    "Event",
    "Innovation",
    "Judge",
    "OwnSeat",
    "Panel",
    "Participation",
    "ParticipationReport",
    "PrizeRule",
    "Programme",
    "Recusal",
    "Result",
    "Score",
    "ScorePart",
    "ScoreSheet",
    "SizeRule",
    "SkillCertificate",
    "Stage",
    "TeamPrize",
    "Trainee",
    "Training",
    "TrainingBase",
]
