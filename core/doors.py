"""The doors of the house: logging in and out."""

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.services import sessions


class Login(views.LoginView):
    """The one login page. Each role goes on where it works."""

    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        if self.request.user.is_staff:
            return reverse("admin:index")
        return reverse("home")

    @transaction.atomic
    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        sessions.opened(self.request.user)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        typed = form.cleaned_data
        if typed.get("username") and typed.get("password"):
            locked = bool(getattr(self.request, "axes_locked_out", False))
            sessions.refused(typed["username"], locked=locked)
        return super().form_invalid(form)


class Logout(views.LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.closed(request.user)
        return super().post(request, *args, **kwargs)
