"""How the interface describes itself: OpenAPI, in Chinese."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from core.api.access import KeyAuthentication, Session

SUMMARIES = {
    "list": "列表",
    "retrieve": "查看",
    "create": "新增",
    "partial_update": "修改",
    "destroy": "移除",
}


class Described(AutoSchema):
    """An address by its rows. Docstrings are for those who read the code."""

    def get_summary(self) -> str:
        return SUMMARIES.get(getattr(self.view, "action", ""), "")

    def get_description(self) -> str:
        model = getattr(self.view, "model", None)
        return str(model._meta.verbose_name) if model else ""


def without_docstrings(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The schema without what the classes say of themselves."""
    for component in result["components"].get("schemas", {}).values():
        if "enum" not in component:
            component.pop("description", None)
    return result


class KeyScheme(OpenApiAuthenticationExtension):
    """How the schema tells of keys."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Key 加空格加接口密钥",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """And of sessions."""

    target_class = Session
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
