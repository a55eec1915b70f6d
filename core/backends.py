"""Authentication and authorisation: permissions come from roles, roles from assignments."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from core.models import Organisation, User
from core.scope import outermost


class RoleBackend(ModelBackend):
    """Answers Django's own permission questions, so admin, templates and interface work by them."""

    def get_all_permissions(self, user_obj: User, obj: Model | None = None) -> set[str]:
        """Every permission of every assignment in force (with `obj`: those that reach it)."""
        held = {
            permission
            for role, _ in getattr(user_obj, "grants", [])
            for permission in role.permissions
        }
        if obj is None:
            return held
        return {permission for permission in held if self.has_perm(user_obj, permission, obj)}

    get_user_permissions = get_group_permissions = get_all_permissions

    def has_perm(self, user_obj: User, perm: str, obj: Model | None = None) -> bool:
        paths = getattr(user_obj, "paths_with", lambda _: [])(perm)
        if obj is None or not paths:
            return bool(paths)
        if isinstance(obj, Organisation):
            return any(obj.path.startswith(path) for path in outermost(paths))
        if not hasattr(obj, "scope"):
            return True
        manager = type(obj)._default_manager
        return manager.filter(type(obj).scope(paths), pk=obj.pk).exists()

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        return any(
            permission.partition(".")[0] == app_label
            for permission in self.get_all_permissions(user_obj)
        )

    def with_perm(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("ask the assignments")
