"""Production refuses to start with what is unsafe, and names it."""

import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings

from unionhub.production import unsafe


def random_bytes(start):
    return bytes((start + 7 * step) % 256 for step in range(32))


def text(key):
    return base64.b64encode(key).decode()


SAFE = {
    "SECRET_KEY": "q8Zr2vN5xW1mK7tB4yH9cL6pD3sF0gJ-uE_aTiRoYbMnCwXzVkQh",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["union.example.cn"],
    "INDEX_KEY": random_bytes(1),
    "AUDIT_KEY": random_bytes(2),
    "DATA_KEYS": {"k1": random_bytes(3), "k0": random_bytes(4)},
    "DATABASES": {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "db",
            "PASSWORD": "p",
        }
    },
    "REDIS_URL": "redis://:secret@redis:6379/0",
    "SESSION_COOKIE_SECURE": True,
    "PROXY_COUNT": 1,
    "SITE_URL": "https://union.example.cn",
    "CSRF_TRUSTED_ORIGINS": ["https://union.example.cn"],
}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}
OPEN = {"default": SAFE["DATABASES"]["default"] | {"PASSWORD": ""}}


def test_safe_settings_start():
    assert unsafe(SAFE) == []


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("DEBUG", True, "DEBUG"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY"),
        ("SECRET_KEY", "django-insecure-" + SAFE["SECRET_KEY"], "SECRET_KEY"),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", ["union.example.cn", "*"], "ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", [".example.cn"], "ALLOWED_HOSTS"),
        ("INDEX_KEY", b"k" * 32, "INDEX_KEY"),
        ("AUDIT_KEY", bytes(32), "AUDIT_KEY"),
        ("DATA_KEYS", {"k1": b"d" * 32}, "DATA_KEYS k1"),
        ("AUDIT_KEY", SAFE["INDEX_KEY"], "INDEX_KEY"),
        ("DATA_KEYS", {"k1": SAFE["AUDIT_KEY"]}, "AUDIT_KEY"),
        ("DATA_KEYS", {"k1": random_bytes(3), "k0": random_bytes(3)}, "DATA_KEYS k1"),
        ("DATABASES", SQLITE, "DATABASE_URL"),
        ("DATABASES", OPEN, "DATABASE_URL"),
        ("REDIS_URL", "", "REDIS_URL"),
        ("REDIS_URL", "redis://redis:6379/0", "REDIS_URL"),
        ("SESSION_COOKIE_SECURE", False, "BEHIND_TLS"),
        ("PROXY_COUNT", 0, "PROXY_COUNT"),
        ("SITE_URL", "http://union.example.cn", "SITE_URL"),
        ("CSRF_TRUSTED_ORIGINS", ["http://union.example.cn"], "CSRF_TRUSTED_ORIGINS"),
    ],
)
def test_an_unsafe_setting_is_named(setting, value, named):
    found = unsafe(SAFE | {setting: value})
    assert [sentence.partition(":")[0] for sentence in found] == [named]


def test_everything_wrong_is_named_at_once():
    found = unsafe(SAFE | {"DEBUG": True, "REDIS_URL": "", "ALLOWED_HOSTS": ["*"]})
    assert len(found) == 3


ENVIRONMENT = {
    "PROFILE": "production",
    "SECRET_KEY": SAFE["SECRET_KEY"],
    "ALLOWED_HOSTS": "union.example.cn",
    "INDEX_KEY": text(SAFE["INDEX_KEY"]),
    "AUDIT_KEY": text(SAFE["AUDIT_KEY"]),
    "DATA_KEYS": f"k1:{text(SAFE['DATA_KEYS']['k1'])}",
    "DATABASE_URL": "postgres://unionhub:p@127.0.0.1:1/unionhub",
    "REDIS_URL": SAFE["REDIS_URL"],
    "PROXY_COUNT": "1",
    "SITE_URL": SAFE["SITE_URL"],
}


def check(tmp_path, *arguments, **changed):
    """`manage.py check` in a process of its own; a value of None takes the variable away."""
    wanted = ENVIRONMENT | {"DATA_DIR": str(tmp_path)} | changed
    environment = {name: value for name, value in wanted.items() if value is not None}
    environment |= {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "unionhub.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_production_profile_passes_djangos_own_deployment_checks(tmp_path):
    done = check(tmp_path, "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("DEBUG", "true", "DEBUG: must be off"),
        ("AUDIT_KEY", "c2hvcnQ=", "AUDIT_KEY must be 32 bytes in base64, not 5"),
    ],
)
def test_the_process_does_not_start(tmp_path, variable, value, named):
    done = check(tmp_path, **{variable: value})
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        ("secret", ("AUDIT_KEY_THAT_IS_MISSING",), "AUDIT_KEY_THAT_IS_MISSING is missing"),
        ("key", ("AUDIT_KEY", "***"), "AUDIT_KEY is not base64"),
        ("key", ("AUDIT_KEY", "中文"), "AUDIT_KEY is not base64"),
        ("key", ("AUDIT_KEY", text(b"a" * 31)), "AUDIT_KEY must be 32 bytes"),
        ("key", ("AUDIT_KEY", text(b"a" * 33)), "AUDIT_KEY must be 32 bytes"),
        ("keyring", ("DATA_KEYS", text(b"a" * 32)), "DATA_KEYS must be"),
        ("keyring", ("DATA_KEYS", f":{text(b'a' * 32)}"), "DATA_KEYS must be id:base64"),
        ("keyring", ("DATA_KEYS", ",".join([f"k:{text(b'a' * 32)}"] * 2)), "DATA_KEYS must be"),
        ("keyring", ("DATA_KEYS", ""), "DATA_KEYS must be"),
    ],
)
def test_a_key_that_cannot_be_one_is_named(function, arguments, named):
    import importlib

    from django.core.exceptions import ImproperlyConfigured

    reader = getattr(importlib.import_module(settings.SETTINGS_MODULE), function)
    with pytest.raises(ImproperlyConfigured, match=named):
        reader(*arguments)


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    import importlib

    from django.core.exceptions import ImproperlyConfigured

    secret = importlib.import_module(settings.SETTINGS_MODULE).secret
    file = tmp_path / "key"
    monkeypatch.setenv("SOME_KEY_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match="SOME_KEY_FILE cannot be read"):
        secret("SOME_KEY")
    file.write_text("abc\n")
    assert secret("SOME_KEY") == "abc"
