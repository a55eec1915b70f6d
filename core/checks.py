"""System checks: conventions of the house that `manage.py check` holds."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, register

from core.fields import Privacy


def own_models() -> list[type]:
    """The concrete models of this project's own apps."""
    own = [config for config in apps.get_app_configs() if settings.BASE_DIR in _parents(config)]
    return [model for config in own for model in config.get_models()]


def _parents(config: Any) -> list:
    from pathlib import Path

    path = Path(config.path)
    return [] if "site-packages" in path.parts else list(path.parents)


@register
def privacy_is_declared(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Every model says which personal data it keeps, why and for how long."""
    return [
        Error(f"{model._meta.label} declares no privacy", obj=model, id="core.E001")
        for model in own_models()
        if not isinstance(getattr(model, "privacy", None), Privacy)
    ]
