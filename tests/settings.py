"""Settings of the suite: fixed keys, a throw-away data folder, tasks in the calling process."""

import base64
import os
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only-" + "0123456789abcdefghij" * 3)
os.environ.setdefault("DATA_KEYS", "t1:" + base64.b64encode(b"d" * 32).decode())
os.environ.setdefault("INDEX_KEY", base64.b64encode(b"i" * 32).decode())
os.environ.setdefault("AUDIT_KEY", base64.b64encode(b"a" * 32).decode())
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="unionhub-tests-"))

from unionhub.settings import *  # noqa: E402, F403
from unionhub.settings import DATABASES, INSTALLED_APPS, TEMPLATES  # noqa: E402

INSTALLED_APPS += ["tests.city"]  # rows for the tests of the figures
INSTALLED_APPS += ["tests.procedures"]  # and for those of the procedures
INSTALLED_APPS += ["tests.postings"]  # and for those of publicity
ROLES = "tests.procedures.roles.ROLES"
ROOT_URLCONF = "tests.procedures.urls"
# A cache of each process: tests side by side would count each other's requests, and empty a Redis
# that carries the jobs of others.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
WHITENOISE_AUTOREFRESH = True
AXES_ENABLED = True
DEBUG_PROPAGATE_EXCEPTIONS = False
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = ""
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": None}  # in memory
