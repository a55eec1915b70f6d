"""Aid to households in need as Django knows it."""

from django.apps import AppConfig


class HardshipConfig(AppConfig):
    name = "hardship"
    verbose_name = "困难帮扶"
