"""Addresses of hardship in the portal."""

from django.urls import path

from core.views.proceedings import step_paths
from hardship import views
from hardship.models import Case

app_name = "hardship"
urlpatterns = [
    path("hardship/cases/<int:pk>/", views.CasePage.as_view(), name="case"),
    *step_paths(Case, "hardship/cases/", name="case", view=views.CaseStepPage),
]
