"""The ground floor's own screens: organisations, departments, accounts, grants, trail, files."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from core import jobs, masking, roles, timeline
from core.admin.base import ReadOnlyAdmin, ScopedAdmin
from core.admin.buttons import button
from core.admin.filters import ChoiceFilter, SubtreeFilter
from core.checks import own_models
from core.forms import DelegateForm, ReasonForm, ScopedForm
from core.models import (
    Assignment,
    AuditEvent,
    DeclaredKin,
    Department,
    Job,
    Organisation,
    StoredFile,
    User,
)
from core.services import accounts, delegations, organisations


class EstablishForm(forms.ModelForm):
    """A new organisation and its superior."""

    parent = forms.ModelChoiceField(Organisation.objects.all(), label="上级工会")


class MoveForm(ScopedForm):
    parent = forms.ModelChoiceField(Organisation.objects.all(), label="新的上级工会")
    on = forms.DateField(
        label="生效日期", help_text="此日之前的数据仍计入原上级，此日起计入新的上级。"
    )


class CloseForm(ReasonForm):
    on = forms.DateField(label="撤销日期")
    field_order = ["on", "reason"]


@admin.register(Organisation)
class OrganisationAdmin(ScopedAdmin):
    list_display = ["name_in_tree", "code", "level", "superior", "established_on", "closed_on"]
    list_display_links = ["name_in_tree"]
    list_filter = ["level", SubtreeFilter]
    search_fields = ["name", "short_name", "code"]
    search_help_text = "工会名称或编码"
    ordering = ["path"]
    fields = ["code", "name", "short_name", "level", "established_on"]
    actions_detail = ["move", "close"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """With the name of the superior, of which only the immediate one is ever shown."""
        step = Organisation.steplen
        above = Organisation.objects.filter(
            path=models.functions.Substr(
                models.OuterRef("path"),
                1,
                models.functions.Length(models.OuterRef("path")) - step,
            )
        )
        rows = super().get_queryset(request)
        return rows.annotate(above=models.Subquery(above.values("name")[:1]))

    @display(description="工会全称", ordering="path")
    def name_in_tree(self, row: Organisation) -> str:
        return f"{'　' * (row.depth - 1)}{row.name}"

    @display(description="上级工会")
    def superior(self, row: Organisation) -> str:
        return row.above or "—"

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = EstablishForm
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = self.fields if obj else ["parent", *self.fields]
        return [(None, {"fields": fields})]

    def save_model(
        self, request: HttpRequest, obj: Organisation, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            parent = form.cleaned_data["parent"]
            organisations.establish(obj, parent=parent, by=request.user)

    @button(
        "调整隶属关系",
        permission="core.move_organisation",
        form=MoveForm,
        icon="drive_file_move",
        when=lambda row: row.depth > 1,
        consequences=lambda row: [
            f"“{row}”及其全部下级工会改由新的上级管辖。",
            "原上级自生效日期起看不到这些工会，此前各期数据不变。",
        ],
    )
    def move(
        self, request: HttpRequest, row: Organisation, parent: Organisation, on: datetime.date
    ) -> str:
        organisations.move(row, parent=parent, on=on, by=request.user)
        return f"“{row}”已调整到“{parent}”之下，自 {on} 起生效。"

    @button(
        "撤销工会",
        permission="core.change_organisation",
        form=CloseForm,
        icon="domain_disabled",
        danger=True,
        when=lambda row: row.closed_on is None and row.depth > 1,
        consequences=lambda row: [
            f"自撤销日期起，“{row}”不再计入工会组织数。",
            "已有的会员和业务记录保留，可以查询。",
        ],
    )
    def close(self, request: HttpRequest, row: Organisation, on: datetime.date, reason: str) -> str:
        organisations.close(row, on=on, reason=reason, by=request.user)
        return f"“{row}”已于 {on} 撤销。"


@admin.register(Department)
class DepartmentAdmin(ScopedAdmin):
    list_display = ["name", "code", "organisation"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["name", "code"]
    search_help_text = "部门名称或编码"
    fields = ["organisation", "code", "name"]


class AccountForm(forms.ModelForm):
    """A new account and its first password."""

    password1 = forms.CharField(
        label="初始密码",
        help_text="不少于 12 位，首次登录后须由本人修改。",
        widget=forms.PasswordInput,
    )


class ResetForm(ReasonForm):
    password1 = forms.CharField(
        label="新的初始密码",
        help_text="不少于 12 位，下次登录后须由本人修改。",
        widget=forms.PasswordInput,
    )
    field_order = ["password1", "reason"]


@admin.register(User)
class UserAdmin(ScopedAdmin):
    list_display = ["username", "display_name", "organisation", "department", "is_active"]
    list_filter = ["is_active", SubtreeFilter]
    list_select_related = ["organisation", "department"]
    search_fields = ["username", "display_name"]
    search_help_text = "账号或姓名"
    fields = [
        *["username", "display_name", "certificate_number"],
        *["organisation", "department", "phone"],
    ]
    actions_detail = ["reset_password", "deactivate", "reactivate"]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = AccountForm
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = self.fields if obj else [*self.fields, "password1"]
        return [(None, {"fields": fields})]

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            accounts.create(obj, password=form.cleaned_data["password1"], by=request.user)

    @button(
        "重置密码",
        permission="core.change_user",
        form=ResetForm,
        icon="lock_reset",
        when=lambda row: row.is_active,
        consequences=lambda row: [
            "原密码立即失效，已登录的设备须重新登录。",
            "新的初始密码请当面或电话告知本人，下次登录后须修改。",
        ],
    )
    def reset_password(self, request: HttpRequest, row: User, password1: str, reason: str) -> str:
        accounts.reset(row, password=password1, reason=reason, by=request.user)
        return f"{row}的密码已重置，请告知本人登录后修改。"

    @button(
        "停用账号",
        permission="core.change_user",
        form=ReasonForm,
        icon="person_off",
        danger=True,
        when=lambda row: row.is_active,
        consequences=lambda row: [
            f"{row}立即不能登录，也不能再办理任何业务。",
            "账号和办理记录保留，可以重新启用。",
        ],
    )
    def deactivate(self, request: HttpRequest, row: User, reason: str) -> str:
        accounts.deactivate(row, reason=reason, by=request.user)
        return f"{row}已停用。"

    @button(
        "重新启用",
        permission="core.change_user",
        form=ReasonForm,
        icon="person_check",
        when=lambda row: not row.is_active,
    )
    def reactivate(self, request: HttpRequest, row: User, reason: str) -> str:
        accounts.reactivate(row, reason=reason, by=request.user)
        return f"{row}已重新启用，原有授权在有效期内的继续有效。"


class GrantForm(forms.ModelForm):
    """A role for a user; the choices are the table of roles."""

    role = forms.ChoiceField(label="角色")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.code, role.label) for role in roles.table().values()]
        self.fields["role"].choices = [("", "请选择"), *choices]


class RoleFilter(ChoiceFilter):
    title = "角色"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(role.code, role.label) for role in roles.table().values()]


class DelegatedFilter(admin.SimpleListFilter):
    title = "代办"
    parameter_name = "delegated"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("yes", "受委托代办")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        return queryset.exclude(delegated_from=None) if self.value() == "yes" else queryset.none()


@admin.register(Assignment)
class AssignmentAdmin(ScopedAdmin):
    form = GrantForm
    list_display = ["user", "role_name", "organisation", "since", "until", "principal"]
    list_filter = [RoleFilter, DelegatedFilter, SubtreeFilter]
    list_select_related = ["user", "organisation", "delegated_from__user"]
    search_fields = ["user__username", "user__display_name"]
    search_help_text = "账号或姓名"
    fields = ["user", "role", "organisation", "until"]
    actions_detail = ["delegate", "revoke"]

    @display(description="代办（委托人）")
    def principal(self, row: Assignment) -> str:
        return row.delegated_from.user.display_name if row.delegated_from else "—"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A grant is revoked and given anew, never rewritten."""
        return False

    @display(description="角色", ordering="role")
    def role_name(self, row: Assignment) -> str:
        return row.role_label

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["user", "role_name", "organisation", "since", "until", "principal"]
        fields = shown if obj else self.fields
        return [(None, {"fields": fields})]

    def save_model(
        self, request: HttpRequest, obj: Assignment, form: forms.ModelForm, change: bool
    ) -> None:
        granted = accounts.grant(
            obj.user,
            role=obj.role,
            organisation=obj.organisation,
            until=obj.until,
            by=request.user,
        )
        obj.pk = granted.pk

    @button(
        "委托代办",
        permission="core.add_assignment",
        form=DelegateForm,
        icon="group_add",
        when=lambda row: delegations.delegable(row.user).filter(pk=row.pk).exists(),
        consequences=lambda row: [
            f"代办人以自己的名义行使{row.user.display_name}的“{row.role_label}”，到截止日自行终止。",
            "岗位分离和回避按委托人、代办人两人一并核对；代办人不能再委托他人。",
        ],
    )
    def delegate(self, request: HttpRequest, row: Assignment, **given: Any) -> str:
        made = delegations.delegate(row, by=request.user, **given)
        return f"已委托{made.user.display_name}代办至 {made.until}。"

    @button(
        "收回授权",
        permission="core.change_assignment",
        form=ReasonForm,
        icon="key_off",
        danger=True,
        when=lambda row: row.until is None or row.until >= timezone.localdate(),
        consequences=lambda row: [
            f"{row.user}立即失去“{row.role_label}”在“{row.organisation}”范围内的全部权限。",
            "授权记录保留。",
        ],
    )
    def revoke(self, request: HttpRequest, row: Assignment, reason: str) -> str:
        accounts.revoke(row, reason=reason, by=request.user)
        return f"{row.user}的“{row.role_label}”授权已收回。"


@admin.register(DeclaredKin)
class DeclaredKinAdmin(ReadOnlyAdmin):
    """Who declared whom, for those who watch over accounts; numbers stay masked here."""

    list_display = ["user", "relative", "relation", "number", "since", "ended_on"]
    list_filter = ["relation", SubtreeFilter]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__display_name"]
    search_help_text = "账号或姓名"
    fields = ["user", "relative", "relation", "number", "since", "ended_on"]
    sealed_fields = {}

    @display(description="亲属姓名")
    def relative(self, row: DeclaredKin) -> str:
        return masking.name(row.name)

    @display(description="亲属身份证号")
    def number(self, row: DeclaredKin) -> str:
        return str(row.certificate_number)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["label", "state", "progress", "organisation", "requested_by", "created_at"]
    list_filter = ["state", SubtreeFilter]
    list_select_related = ["organisation", "requested_by"]
    search_fields = ["label"]
    search_help_text = "任务名称"
    fields = [
        *["label", "state", "progress", "message", "error", "organisation", "requested_by"],
        *["created_at", "started_at", "finished_at"],
    ]
    actions_detail = ["retry"]

    @display(description="进度")
    def progress(self, row: Job) -> str:
        return "—" if row.percent is None else f"{row.done} / {row.total}（{row.percent} %）"

    @button(
        "重新办理",
        permission="core.change_job",
        icon="restart_alt",
        when=lambda row: row.state == Job.State.FAILED,
        consequences=lambda row: ["任务重新排队办理，已完成的步骤不再重做。"],
    )
    def retry(self, request: HttpRequest, row: Job) -> str:
        jobs.retry(row, by=request.user)
        return f"“{row.label}”已重新提交。"


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "kilobytes", "organisation", "created_by", "created_at", "download"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation", "created_by"]
    search_fields = ["name"]
    search_help_text = "文件名"
    fields = [
        *["name", "kilobytes", "organisation", "created_by", "created_at", "expires_at"],
        *["sha256", "download"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Those that the user may also download."""
        user = request.user
        mine = models.Q(pk__in=[])
        for permission in {name for role, _ in user.grants for name in role.permissions}:
            mine |= models.Q(permission=permission) & StoredFile.scope(user.paths_with(permission))
        return super().get_queryset(request).filter(mine)

    @display(description="大小（KB）")
    def kilobytes(self, row: StoredFile) -> str:
        return f"{-(-row.size // 1024):,}"

    @display(description="下载")
    def download(self, row: StoredFile) -> str:
        url = reverse("file", args=[row.token])
        return format_html('<a class="text-primary-600" href="{}">下载</a>', url)


class ActFilter(admin.SimpleListFilter):
    """By what was done, over all kinds of rows."""

    title = "动作"
    parameter_name = "act"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(verb, text.rstrip("：")) for verb, text in timeline.VERBS.items()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in timeline.VERBS:
            return queryset if self.value() is None else queryset.none()
        names = [f"{model._meta.label_lower}.{self.value()}" for model in own_models()]
        return queryset.filter(action__in=names)


class ActorFilter(admin.SimpleListFilter):
    """By who did it: those of the newest thousand acts."""

    title = "操作人"
    parameter_name = "actor_id"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        newest = screen.get_queryset(request).order_by("-id").values_list("actor_id", "actor")
        return sorted({(str(pk), name) for pk, name in newest[:1000] if pk})

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(actor_id=self.value()) if self.value().isdigit() else queryset.none()


class DayFilter(admin.SimpleListFilter):
    """By the days back from today."""

    title = "时间"
    parameter_name = "days"
    DAYS = {"1": "今天", "7": "近 7 天", "30": "近 30 天", "365": "近一年"}

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return list(self.DAYS.items())

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in self.DAYS:
            return queryset if self.value() is None else queryset.none()
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(at__gte=today - datetime.timedelta(days=int(self.value()) - 1))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "act", "object_label", "reason", "address"]
    list_filter = [DayFilter, ActFilter, ActorFilter]
    search_fields = ["=request_id", "=object_id"]
    search_help_text = "请求编号或对象编号"
    fields = [
        *["at", "actor", "act", "object_label", "object_id", "reason", "told"],
        *["address", "request_id"],
    ]

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if not url.name.endswith("_history")]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without a timeline: the event is one."""
        context = {"show_history": False} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    @display(description="动作", ordering="action")
    def act(self, row: AuditEvent) -> str:
        return timeline.label(row.action)

    @display(description="变更")
    def told(self, row: AuditEvent) -> str:
        changes = timeline.changes(row)
        return format_html_join("", "<div>{}：{} → {}</div>", changes) or "没有字段变更"
