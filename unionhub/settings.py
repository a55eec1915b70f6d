"""Every setting, typed, read from the environment (or from `.env`, which script/bootstrap writes).

Two profiles. `embedded` needs no server: SQLite and a broker in a folder. `production` is
PostgreSQL and Redis, and refuses to start on an unsafe or missing setting and names it.
A secret NAME may also be given as NAME_FILE, the path of a file that holds it.
"""

import base64
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from environs import Env

from unionhub.face import UNFOLD  # noqa: F401 - a setting
from unionhub.production import unsafe

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def secret(name: str) -> str:
    """The secret NAME, or the content of the file NAME_FILE."""
    path = env.str(f"{name}_FILE", "")
    try:
        value = Path(path).read_text().strip() if path else env.str(name, "")
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from error
    if not value:
        raise ImproperlyConfigured(f"{name} is missing. script/bootstrap writes one into .env")
    return value


def key(name: str, text: str) -> bytes:
    """32 bytes from their base64 form."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64") from error
    if len(value) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64, not {len(value)}")
    return value


def keyring(name: str, text: str) -> dict[str, bytes]:
    """Keys by their ids, from `id:base64,id:base64`."""
    pairs = [pair.partition(":") for pair in text.split(",")]
    ids = [key_id.strip() for key_id, _, _ in pairs]
    if "" in ids or len(set(ids)) < len(ids):
        raise ImproperlyConfigured(f"{name} must be id:base64,id:base64 with an id for each key")
    return {key_id.strip(): key(name, text.strip()) for key_id, _, text in pairs}


PROFILE = env.str("PROFILE", "embedded")
if PROFILE not in {"embedded", "production"}:
    raise ImproperlyConfigured("PROFILE is either embedded or production")
PRODUCTION = PROFILE == "production"
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")  # where the links of a PDF lead

# Personal data: `DATA_KEYS` is "id:base64,id:base64"; the first one encrypts, all of them decrypt.
DATA_CIPHER = env.str("DATA_CIPHER", "AES", validate=lambda name: name in {"AES", "SM4"})
DATA_KEYS = keyring("DATA_KEYS", secret("DATA_KEYS"))
INDEX_KEY = key("INDEX_KEY", secret("INDEX_KEY"))
AUDIT_KEY = key("AUDIT_KEY", secret("AUDIT_KEY"))
# The head of the audit chain is written here too, so that a cut-off tail is noticed.
AUDIT_HEAD_FILE = Path(env.str("AUDIT_HEAD_FILE", str(DATA_DIR / "audit.head")))

# import_export is a library here and no app: its admin would load openpyxl and numpy (28 MB) into
# every process.
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unionhub.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "js_lib_bootstrap5",
    "rest_framework",
    "treebeard",
    "core",
    "members",
    "funds",
    "honours",
    "hardship",
    "competitions",
    "reports",
    "demo",
]

MIDDLEWARE = [
    # The first three put their headers on whatever comes out of the others, errors included.
    "csp.middleware.CSPMiddleware",
    "core.middleware.OriginMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "unionhub.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "core.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "unionhub.urls"
WSGI_APPLICATION = "unionhub.wsgi.application"
ROLES = "unionhub.roles.ROLES"  # the table of roles; core.roles reads it
NOTICE_RENDERER = "reports.notices.render"  # prints a publicity; core may not know reports
CERTIFICATE_RENDERER = "reports.certificates.render"  # prints what competitions give, likewise
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unionhub.navigation.portal",
            ],
        },
    }
]

# Database: SQLite with a write-ahead log and immediate transactions, or PostgreSQL.
if env.str("DATABASE_URL", ""):
    # Kept connections are tried before each request: the server may have been restarted.
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "unionhub.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Tasks: Redis, or files in a folder. Either way the job row is the truth and the broker a speed-up.
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        # A request that asks for a job while Redis is away waits 2 ms instead of 6 s. Workers
        # have their own rule and try for ever.
        "max_retries": 0,
        "socket_connect_timeout": 2,
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
        }
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "unionhub.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.05,  # an empty round trip takes 51 ms; with the default a second
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    for folder in ("broker", "broker-control"):
        (DATA_DIR / folder).mkdir(exist_ok=True)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the lease says whose it is
CELERY_TASK_PUBLISH_RETRY = False  # the sweeper re-sends; a request never waits for a broker
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # KiB; checked between tasks
CELERY_TASK_SOFT_TIME_LIMIT = 3600  # seconds; the job fails with a reference
CELERY_TASK_TIME_LIMIT = 3660  # the worker's child is killed
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "core.sweep", "schedule": 15.0},
    "seal-audit": {"task": "core.seal_audit", "schedule": 5.0},
    "close-publicities": {"task": "core.close_publicities", "schedule": 600.0},
    "reconcile": {"task": "funds.reconcile_nightly", "schedule": crontab(hour=2, minute=30)},
}
JOB_LEASE_SECONDS = 60  # a worker that does not renew it for so long is taken for dead
JOB_HEARTBEAT_SECONDS = 1  # how often a worker looks whether to write progress or renew its lease
JOB_RESEND_SECONDS = 60  # a message that nobody has taken for so long is taken for lost
JOB_TRIES = 5  # without a finished step in between; then the job is parked
JOB_HANG_UPS = 10  # of the database, likewise: with the back-off an hour and a half
JOB_BACKOFF_SECONDS = 10  # after the first failure, doubled by each further one
JOB_MEMORY_BYTES = env.int("JOB_MEMORY_MB", 2048) << 20  # of a worker's child; above it a job fails

# Accounts and sessions.
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "core.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("login")
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours: 30 minutes, the usual figure under the level-3 protection rules
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying on does not prolong the lock
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/login.html"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "core.middleware.client_address"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # logins stand in the audit trail
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", 30 * 60)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# An evaluator from outside is told no cause where fewer households have its district and tier.
EVALUATION_LEAST_HOUSEHOLDS = env.int("EVALUATION_LEAST_HOUSEHOLDS", 3)

PROXY_COUNT = env.int("PROXY_COUNT", 0)  # proxies in front; others' forwarded headers are ignored
BEHIND_TLS = env.bool("BEHIND_TLS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True  # scripts take the token from the page
if BEHIND_TLS:  # no other host of the domain can plant these
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked from inside, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The admin's Alpine evaluates expressions; core.middleware takes that away outside of it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Language, time, files.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True  # third-party screens in Chinese; our own are Chinese literals
FORMAT_MODULE_PATH = ["unionhub.formats"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files")},  # never under a public address
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FONT_DIR = env.str("FONT_DIR", "")  # the customer's own faces win over the free ones

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.access.KeyAuthentication",
        "core.api.access.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.access.PerAccount"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsing.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pages.Pages",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "core.api.openapi.Described",
    "EXCEPTION_HANDLER": "core.api.errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "工会综合业务平台接口",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["core.api.openapi.without_docstrings"],
}

# One line of JSON in production, plain lines elsewhere; neither carries a personal number.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": f"unionhub.logs.{'JSON' if PRODUCTION else 'Plain'}Formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
    # Django's own handlers would write past the formatter.
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

if PRODUCTION and (found := unsafe(globals())):
    raise ImproperlyConfigured("Production does not start. " + "; ".join(found))
