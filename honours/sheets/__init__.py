from honours.sheets.apprenticeships import ApprenticeshipSheet
from honours.sheets.awards import AwardSheet
from honours.sheets.studios import StudioResultSheet, StudioSheet

__all__ = ["ApprenticeshipSheet", "AwardSheet", "StudioResultSheet", "StudioSheet"]
