"""The own account: who the user is here, the password, and the relatives he declares."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from core.forms import KinForm, PasswordForm, ReasonForm
from core.models import DeclaredKin
from core.services import accounts
from core.views import ServiceFormView


class Account(TemplateView):
    """Who the user is here: roles, where they reach, and the password."""

    template_name = "portal/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        held = user.assignments.in_force(timezone.localdate()).select_related("organisation")
        return super().get_context_data(assignments=held, kin=user.kin.in_force(), **kwargs)


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
