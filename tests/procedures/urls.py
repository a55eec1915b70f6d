"""The addresses of the site, and those of the test procedure."""

from django.urls import path

from core.views.proceedings import ProceedingPage, step_paths
from tests.procedures.models import Permit
from unionhub.urls import handler404, handler500  # noqa: F401
from unionhub.urls import urlpatterns as shipped

urlpatterns = [
    *shipped,
    path(
        "permits/<int:pk>/",
        ProceedingPage.as_view(
            model=Permit, steps="permit", template_name="portal/proceeding.html"
        ),
        name="permit",
    ),
    *step_paths(Permit, "permits/", name="permit"),
]
