"""The own account: who the user is here, the password, what he leaves to others, his kin."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from core.forms import DelegateForm, KinForm, PasswordForm, ReasonForm
from core.models import Assignment, DeclaredKin
from core.services import accounts, delegations
from core.views import ServiceFormView


class Account(TemplateView):
    """Who the user is here: roles, where they reach, and the password."""

    template_name = "portal/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        today = timezone.localdate()
        held = user.assignments.in_force(today)
        given = Assignment.objects.delegated_by(user).in_force(today)
        return super().get_context_data(
            assignments=held.select_related("organisation", "delegated_from__user"),
            delegable=set(delegations.delegable(user).values_list("pk", flat=True)),
            delegations=given.select_related("organisation", "user"),
            kin=user.kin.in_force(),
            **kwargs,
        )


class Password(ServiceFormView):
    """The holder's change of the password; a new account comes here first."""

    form_class = PasswordForm
    title = "修改密码"
    submit = "保存新密码"

    def act(self, old: str, new: str, again: str) -> str:
        user = self.request.user
        accounts.change_password(user, password=new, by=user)
        update_session_auth_hash(self.request, user)
        return "密码已修改，请使用新密码登录。"

    def get_success_url(self) -> str:
        return reverse("admin:index" if self.request.user.is_staff else "home")


class Delegate(ServiceFormView):
    """One of the holder's roles, left to a colleague until a day."""

    form_class = DelegateForm
    title = "委托代办"
    submit = "提交委托"

    @cached_property
    def row(self) -> Assignment:
        held = delegations.delegable(self.request.user)
        return get_object_or_404(held, pk=self.kwargs["pk"])

    def act(self, **given: Any) -> str:
        made = delegations.delegate(self.row, by=self.request.user, **given)
        return f"已委托{made.user.display_name}代办“{made.role_label}”至 {made.until}。"

    def get_success_url(self) -> str:
        return reverse("account")


class EndDelegation(ServiceFormView):
    """The end of a delegation before its day, by who made it."""

    form_class = ReasonForm
    title = "终止委托"

    @cached_property
    def row(self) -> Assignment:
        given = Assignment.objects.delegated_by(self.request.user).in_force(timezone.localdate())
        return get_object_or_404(given, pk=self.kwargs["pk"])

    def act(self, reason: str) -> str:
        delegations.end(self.row, reason=reason, by=self.request.user)
        return "委托已终止，记录保留备查。"

    def get_success_url(self) -> str:
        return reverse("account")


class DeclareKin(ServiceFormView):
    """A relative about whom the holder will decide nothing."""

    form_class = KinForm
    title = "申报亲属"
    submit = "提交申报"

    def act(self, **data: Any) -> str:
        accounts.declare_kin(DeclaredKin(user=self.request.user, **data), by=self.request.user)
        return "已申报。涉及该亲属的事项将由其他人员办理。"

    def get_success_url(self) -> str:
        return reverse("account")


class EndKin(ServiceFormView):
    """The end of a declaration, by who made it."""

    form_class = ReasonForm
    title = "终止亲属申报"

    @cached_property
    def row(self) -> DeclaredKin:
        found = self.request.user.kin.in_force().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def act(self, reason: str) -> str:
        accounts.end_kin(self.row, reason=reason, by=self.request.user)
        return "申报已终止，记录保留备查。"

    def get_success_url(self) -> str:
        return reverse("account")
