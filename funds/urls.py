"""Addresses of money in the portal."""

from django.urls import path

from core.views.proceedings import step_paths
from funds.models import Rebate
from funds.views import own, rebates

REBATES = "funds/rebates/"

app_name = "funds"
urlpatterns = [
    path("funds/own/", own.OwnDues.as_view(), name="own"),
    path("funds/own/<int:year>/<int:month>/", own.OwnMonth.as_view(), name="own_month"),
    path("funds/own/lines/<int:pk>/", own.OwnLine.as_view(), name="own_line"),
    path(REBATES, rebates.Rebates.as_view(), name="rebates"),
    path(f"{REBATES}new/", rebates.Claim.as_view(), name="rebate_new"),
    path(f"{REBATES}<int:pk>/", rebates.RebatePage.as_view(), name="rebate"),
    *step_paths(Rebate, REBATES, name="rebate"),
]
