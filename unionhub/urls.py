"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from core import doors

urlpatterns = [
    path("", include("core.urls")),
    path("", include("members.urls")),
    path("", include("funds.urls")),
    path("", include("honours.urls")),
    path("", include("hardship.urls")),
    path("", include("competitions.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("core.api.urls")),
    path("login/", doors.Login.as_view(), name="login"),
    path("logout/", doors.Logout.as_view(), name="logout"),
]

handler404 = "core.api.errors.not_found"
handler500 = "core.api.errors.broken"
