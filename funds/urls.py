"""Addresses of money in the portal."""

from django.urls import path

from funds import views

app_name = "funds"
urlpatterns = [
    path("funds/own/", views.OwnDues.as_view(), name="own"),
    path("funds/own/<int:year>/<int:month>/", views.OwnMonth.as_view(), name="own_month"),
    path("funds/own/lines/<int:pk>/", views.OwnLine.as_view(), name="own_line"),
]
