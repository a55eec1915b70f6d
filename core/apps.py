"""The ground floor as Django knows it."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "系统管理"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - registers the system checks

        # What apps declare is found by the name of the file, as Django's admin does it.
        autodiscover_modules("workflows", "datasets", "indicators", "sheets", "tasks")
