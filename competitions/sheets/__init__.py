"""The tables of competitions that come in and go out."""

from competitions.sheets.certificates import SkillCertificateSheet
from competitions.sheets.entries import EntrySheet
from competitions.sheets.innovations import InnovationSheet
from competitions.sheets.participation import ParticipationReportSheet
from competitions.sheets.takeover import (
    CompetitionTakeoverSheet,
    EntryTakeoverSheet,
    ParticipationTakeoverSheet,
)
from competitions.sheets.trainees import TraineeSheet
from competitions.sheets.trainings import TrainingSheet

__all__ = [
    "CompetitionTakeoverSheet",
    "EntrySheet",
    "EntryTakeoverSheet",
    "InnovationSheet",
    "ParticipationReportSheet",
    "ParticipationTakeoverSheet",
    "SkillCertificateSheet",
    "TraineeSheet",
    "TrainingSheet",
]
