"""Addresses of money in the portal."""

from django.urls import path

from funds.views import own

app_name = "funds"
urlpatterns = [
    path("funds/own/", own.OwnDues.as_view(), name="own"),
    path("funds/own/<int:year>/<int:month>/", own.OwnMonth.as_view(), name="own_month"),
    path("funds/own/lines/<int:pk>/", own.OwnLine.as_view(), name="own_line"),
]
