"""The Celery application: the muscle behind the job rows of `core`."""

import os
import resource

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhub.settings")
app = Celery("unionhub")
app.set_default()  # Celery knows the current app by thread; threads of the server need it too
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def limit_memory(**kwargs: object) -> None:
    """A job that eats the machine gets a MemoryError of its own instead."""
    from django.conf import settings

    limit = settings.JOB_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
