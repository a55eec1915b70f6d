"""What the production profile refuses to start with. Pure: values in, sentences out."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """Every unsafe or missing setting, each sentence beginning with the setting's name."""
    found = []

    def refuse(bad: bool, name: str, why: str) -> None:
        if bad:
            found.append(f"{name}: {why}")

    secret = settings["SECRET_KEY"]
    refuse(bool(settings["DEBUG"]), "DEBUG", "must be off")
    refuse(len(secret) < 50 or len(set(secret)) < 10, "SECRET_KEY", "needs 50 random characters")
    refuse("insecure" in secret, "SECRET_KEY", "is one of an example")
    hosts = settings["ALLOWED_HOSTS"]
    wide = any(host.startswith(("*", ".")) for host in hosts)
    refuse(not hosts or wide, "ALLOWED_HOSTS", "name each host, without * and leading dots")

    keys = {"INDEX_KEY": settings["INDEX_KEY"], "AUDIT_KEY": settings["AUDIT_KEY"]}
    keys |= {f"DATA_KEYS {name}": key for name, key in settings["DATA_KEYS"].items()}
    for name, key in keys.items():
        refuse(len(set(key)) < 16, name, "is not random; take 32 bytes from the system's source")
    keys["SECRET_KEY"] = secret.encode()
    for (one, key), (other, same) in combinations(keys.items(), 2):
        refuse(key == same, one, f"is the same as {other}; every key must be its own")

    database = settings["DATABASES"]["default"]
    refuse("sqlite" in database["ENGINE"], "DATABASE_URL", "production needs PostgreSQL")
    networked = not str(database.get("HOST") or "/").startswith("/")
    refuse(networked and not database.get("PASSWORD"), "DATABASE_URL", "needs a password")
    redis = urlsplit(settings["REDIS_URL"])
    refuse(not settings["REDIS_URL"], "REDIS_URL", "production needs Redis")
    refuse(bool(settings["REDIS_URL"]) and not redis.password, "REDIS_URL", "needs a password")

    secure = settings["SESSION_COOKIE_SECURE"]
    refuse(not secure, "BEHIND_TLS", "must be on: sessions travel over https only")
    refuse(
        settings["PROXY_COUNT"] < 1,
        "PROXY_COUNT",
        "state how many proxies stand in front: whoever ends TLS is the first one",
    )
    refuse(urlsplit(settings["SITE_URL"]).scheme != "https", "SITE_URL", "must begin with https://")
    plain = [url for url in settings["CSRF_TRUSTED_ORIGINS"] if not url.startswith("https://")]
    refuse(bool(plain), "CSRF_TRUSTED_ORIGINS", "must begin with https://")
    return found
