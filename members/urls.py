"""Addresses of the register in the portal."""

from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("members/", views.Roster.as_view(), name="roster"),
    path("members/enrol/", views.Enrol.as_view(), name="enrol"),
    path("members/<int:pk>/", views.MemberPage.as_view(), name="member"),
    path("members/<int:pk>/correct/", views.Correct.as_view(), name="correct"),
    path("members/<int:pk>/leave/", views.Leave.as_view(), name="leave"),
]
