"""Addresses of the reports."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.Shelf.as_view(), name="shelf"),
    path("reports/start/", views.Start.as_view(), name="start"),
    path("reports/<int:pk>/", views.RunPage.as_view(), name="run"),
    path("reports/<int:pk>/check/", views.Check.as_view(), name="check"),
    path("reports/<int:pk>/sign/", views.Sign.as_view(), name="sign"),
    path("reports/<int:pk>/publish/", views.Publish.as_view(), name="publish"),
    path("reports/figures/<int:pk>/", views.FigurePage.as_view(), name="figure"),
    path("reports/figures/<int:pk>/export/", views.ExportRows.as_view(), name="figure_export"),
]
