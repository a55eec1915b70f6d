"""Addresses of competitions in the portal."""

from django.urls import path

from competitions.models import Appeal, Entry, Innovation, ParticipationReport
from competitions.views import judging, results, verification
from competitions.views import taking_part as pages
from core.views.proceedings import step_paths

ENTRIES = "competitions/entries/"
REPORTS = "competitions/reports/"
INNOVATIONS = "competitions/innovations/"
SEATS = "competitions/judging/"
RESULTS = "competitions/results/"
APPEALS = "competitions/appeals/"

app_name = "competitions"
urlpatterns = [
    path(ENTRIES, pages.Entries.as_view(), name="entries"),
    path(f"{ENTRIES}new/", pages.NewEntry.as_view(), name="entry_new"),
    path(f"{ENTRIES}<int:pk>/", pages.EntryPage.as_view(), name="entry"),
    path(f"{ENTRIES}<int:pk>/change/", pages.ChangeEntry.as_view(), name="entry_change"),
    *step_paths(Entry, ENTRIES, name="entry"),
    path(REPORTS, pages.Reports.as_view(), name="reports"),
    path(f"{REPORTS}new/", pages.NewReport.as_view(), name="report_new"),
    path(f"{REPORTS}<int:pk>/", pages.ReportPage.as_view(), name="report"),
    path(f"{REPORTS}<int:pk>/change/", pages.ChangeReport.as_view(), name="report_change"),
    *step_paths(ParticipationReport, REPORTS, name="report"),
    path(INNOVATIONS, pages.Innovations.as_view(), name="innovations"),
    path(f"{INNOVATIONS}new/", pages.NewInnovation.as_view(), name="innovation_new"),
    path(f"{INNOVATIONS}<int:pk>/", pages.InnovationPage.as_view(), name="innovation"),
    path(
        f"{INNOVATIONS}<int:pk>/change/", pages.ChangeInnovation.as_view(), name="innovation_change"
    ),
    *step_paths(Innovation, INNOVATIONS, name="innovation"),
    path(SEATS, judging.Seats.as_view(), name="seats"),
    path(f"{SEATS}<int:pk>/", judging.ScorePage.as_view(), name="score"),
    path(f"{SEATS}<int:pk>/seal/", judging.SealPage.as_view(), name="seal"),
    path(f"{SEATS}<int:pk>/recuse/", judging.RecusePage.as_view(), name="recuse"),
    path(RESULTS, results.Results.as_view(), name="results"),
    path(f"{RESULTS}<int:pk>/", results.ResultPage.as_view(), name="result"),
    path(f"{RESULTS}<int:pk>/appeal/", results.File.as_view(), name="appeal_new"),
    path(f"{RESULTS}<int:pk>/account/", results.Account.as_view(), name="result_account"),
    path(f"{RESULTS}<int:pk>/nominate/", results.Nominate.as_view(), name="nominate"),
    path(f"{APPEALS}<int:pk>/", results.AppealPage.as_view(), name="appeal"),
    *step_paths(Appeal, APPEALS, name="appeal"),
    # What the QR code of a certificate says.
    path("certificates/<str:number>/<str:code>/", verification.Verify.as_view(), name="verify"),
]
