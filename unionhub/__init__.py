"""Wiring only: settings, addresses, the Celery application and the table of roles."""

from unionhub.celery import app as celery_app

__all__ = ["celery_app"]
