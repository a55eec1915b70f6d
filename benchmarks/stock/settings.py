"""Django's own admin over the tables of the house: its templates, its middleware."""

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import INSTALLED_APPS, TEMPLATES

OURS = ("unfold", "unionhub", "js_lib_bootstrap5")
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    *[app for app in INSTALLED_APPS if not app.startswith(OURS)],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES[0]["DIRS"] = []
TEMPLATES[0]["OPTIONS"]["context_processors"].remove("unionhub.navigation.portal")
ROOT_URLCONF = "benchmarks.stock.urls"
