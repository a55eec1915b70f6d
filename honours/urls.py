"""Addresses of honours in the portal."""

from django.urls import path

from core.views.proceedings import step_paths
from honours.models import HomeRating, Nomination, Studio
from honours.views import apprenticeships, entry, homes, nominations, own, studios

NOMINATIONS = "honours/nominations/"
ENTRY = f"{NOMINATIONS}<int:pk>/entry/"
STUDIOS, PAIRS, RATINGS = "honours/studios/", "honours/pairs/", "honours/ratings/"

app_name = "honours"
urlpatterns = [
    path(NOMINATIONS, nominations.Nominations.as_view(), name="nominations"),
    path(f"{NOMINATIONS}new/", nominations.Propose.as_view(), name="propose"),
    path(f"{NOMINATIONS}<int:pk>/", nominations.NominationPage.as_view(), name="nomination"),
    *step_paths(Nomination, NOMINATIONS, name="nomination", view=nominations.NominationStepPage),
    # The form of a nomination, part by part.
    path(ENTRY, entry.Summary.as_view(), name="entry"),
    path(f"{ENTRY}candidate/", entry.CandidatePage.as_view(), name="entry_candidate"),
    path(f"{ENTRY}deeds/", entry.DeedsPage.as_view(), name="entry_deeds"),
    path(f"{ENTRY}meeting/", entry.MeetingPage.as_view(), name="entry_meeting"),
    path(f"{ENTRY}record/", entry.RecordPage.as_view(), name="entry_record"),
    path(f"{ENTRY}papers/", entry.PapersPage.as_view(), name="entry_papers"),
    path(f"{ENTRY}papers/new/", entry.PaperPage.as_view(), name="paper_add"),
    path(
        f"{NOMINATIONS}papers/<int:pk>/remove/", entry.PaperRemoval.as_view(), name="paper_remove"
    ),
    path("honours/own/", own.OwnHonours.as_view(), name="own"),
    path("honours/holders/<int:pk>/confirm/", own.Confirm.as_view(), name="confirm"),
    path(STUDIOS, studios.Studios.as_view(), name="studios"),
    path(f"{STUDIOS}new/", studios.Apply.as_view(), name="studio_new"),
    path(f"{STUDIOS}<int:pk>/", studios.StudioPage.as_view(), name="studio"),
    path(f"{STUDIOS}<int:pk>/edit/", studios.Edit.as_view(), name="studio_edit"),
    path(f"{STUDIOS}<int:pk>/members/", studios.NewMember.as_view(), name="studio_member_new"),
    path(f"{STUDIOS}<int:pk>/projects/", studios.NewProject.as_view(), name="studio_project_new"),
    path(f"{STUDIOS}<int:pk>/results/", studios.NewResult.as_view(), name="studio_result_new"),
    path(f"{STUDIOS}members/<int:pk>/end/", studios.EndMember.as_view(), name="studio_member_end"),
    path(
        f"{STUDIOS}projects/<int:pk>/finish/",
        studios.FinishProject.as_view(),
        name="studio_project_finish",
    ),
    path(
        f"{STUDIOS}projects/<int:pk>/withdraw/",
        studios.TakeBackProject.as_view(),
        name="studio_project_withdraw",
    ),
    path(
        f"{STUDIOS}results/<int:pk>/withdraw/",
        studios.TakeBackResult.as_view(),
        name="studio_result_withdraw",
    ),
    *step_paths(Studio, STUDIOS, name="studio"),
    path(PAIRS, apprenticeships.Apprenticeships.as_view(), name="apprenticeships"),
    path(f"{PAIRS}new/", apprenticeships.Report.as_view(), name="apprenticeship_new"),
    path(f"{PAIRS}<int:pk>/", apprenticeships.ApprenticeshipPage.as_view(), name="apprenticeship"),
    path(f"{PAIRS}<int:pk>/end/", apprenticeships.End.as_view(), name="apprenticeship_end"),
    path(
        f"{PAIRS}<int:pk>/withdraw/",
        apprenticeships.TakeBack.as_view(),
        name="apprenticeship_withdraw",
    ),
    path(RATINGS, homes.Ratings.as_view(), name="ratings"),
    path(f"{RATINGS}new/", homes.Report.as_view(), name="rating_new"),
    path(f"{RATINGS}<int:pk>/", homes.RatingPage.as_view(), name="rating"),
    path(f"{RATINGS}<int:pk>/correct/", homes.Correct.as_view(), name="rating_correct"),
    *step_paths(HomeRating, RATINGS, name="rating"),
]
