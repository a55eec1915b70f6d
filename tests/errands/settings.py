"""An installation of its own for tests that kill: real broker, real workers, a short lease."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATA_DIR, INSTALLED_APPS, REDIS_URL

INSTALLED_APPS = [*INSTALLED_APPS, "tests.errands"]
CELERY_WORKER_LOST_WAIT = 0.1  # how long the pool keeps the place of a child that was killed
SMALL_STEPS = "LARGE_STEPS" not in os.environ
JOB_LEASE_SECONDS = int(os.environ.get("LEASE_SECONDS", 1))
JOB_HEARTBEAT_SECONDS = 0.1
JOB_RESEND_SECONDS = 0.5
JOB_TRIES = int(os.environ.get("TRIES", 3))
JOB_HANG_UPS = int(os.environ.get("HANG_UPS", 10))
JOB_BACKOFF_SECONDS = 0.1
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "core.sweep", "schedule": 0.2}}
CELERY_BEAT_SCHEDULER = "celery.beat:PersistentScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
if REDIS_URL:
    # Several installations of the suite share one Redis.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,
        "global_keyprefix": os.environ["BROKER_PREFIX"],
    }
if os.environ.get("BROKER_AWAY"):
    CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT = "redis://127.0.0.1:1/0", "redis"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0}
