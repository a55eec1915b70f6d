"""Keys of programs: handed out once, listed, revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from core.admin.base import ScopedAdmin
from core.admin.buttons import button
from core.admin.filters import SubtreeFilter
from core.forms import ReasonForm
from core.models import MachineKey
from core.services import machines


class KeyForm(forms.ModelForm):
    """A new key; the partners are those that the apps know."""

    party = forms.ChoiceField(
        label="对接部门",
        required=False,
        choices=lambda: [("", "不限定"), *machines.PARTIES.items()],
        help_text="向我方答复比对请求的部门须选定，只能看到和答复发给该部门的请求。",
    )


@admin.register(MachineKey)
class MachineKeyAdmin(ScopedAdmin):
    form = KeyForm
    list_display = [
        *["label", "user", "party_name", "prefix", "expires_on", "revoked_on", "last_used_on"],
    ]
    list_display_links = ["label"]
    list_filter = [SubtreeFilter]
    list_select_related = ["user"]
    search_fields = ["label", "prefix", "user__username"]
    search_help_text = "用途、密钥开头或账号"
    ordering = ["-id"]
    fields = ["user", "label", "party", "expires_on"]
    actions_detail = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is revoked and made anew, never rewritten."""
        return False

    @display(description="对接部门")
    def party_name(self, row: MachineKey) -> str:
        return machines.PARTIES.get(row.party, row.party) or "不限定"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        made = ["user", "label", "party_name", "prefix", "created_at", "expires_on"]
        return [(None, {"fields": [*made, "revoked_on", "last_used_on"] if obj else self.fields})]

    def save_model(
        self, request: HttpRequest, obj: MachineKey, form: forms.ModelForm, change: bool
    ) -> None:
        request.issued = machines.issue(obj, by=request.user)

    def response_add(
        self, request: HttpRequest, obj: MachineKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The one page on which the key stands; nothing keeps it on its way there."""
        page = "admin/machine_key.html"
        return self._page(request, page, obj, title="接口密钥已发放", key=request.issued)

    @button(
        "吊销密钥",
        permission="core.change_machinekey",
        form=ReasonForm,
        icon="key_off",
        danger=True,
        when=lambda row: row.revoked_on is None,
        consequences=lambda row: [
            f"“{row}”立即失效，使用它的程序不能再访问接口。",
            "吊销后不能恢复，需要时另发新的密钥。",
        ],
    )
    def revoke(self, request: HttpRequest, row: MachineKey, reason: str) -> str:
        machines.revoke(row, reason=reason, by=request.user)
        return f"“{row}”已吊销。"
