"""The literal content of the repository: what a newcomer, an operator and an auditor rely on."""

import functools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.conf import settings

ROOT = settings.BASE_DIR


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "core.quotepath=off", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


FILES = [ROOT / name for name in git("ls-files").splitlines() if (ROOT / name).is_file()]
LOCK = ROOT / "uv.lock"


@functools.cache
def texts() -> list[tuple[Path, str]]:
    """(path, text) of every tracked text file but the lock, whose hosts and hashes uv writes."""
    return [
        (path.relative_to(ROOT), raw.decode())
        for path in FILES
        if path != LOCK and b"\0" not in (raw := path.read_bytes())
    ]


def found(pattern: str, *, except_in: tuple[str, ...] = ()) -> list[str]:
    here = Path(__file__).relative_to(ROOT)
    return [
        f"{path}: {match[0]}"
        for path, text in texts()
        if path != here and not str(path).startswith(except_in or "\0")
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("name", ["bootstrap", "demo", "test", "check", "bench"])
def test_commands_are_there_and_executable(name):
    entry = git("ls-files", "--stage", f"script/{name}")
    assert entry.startswith("100755"), entry
    subprocess.run(["bash", "-n", ROOT / "script" / name], check=True)


def test_readme_shows_the_two_commands_first():
    for name in ("README.md", "README.zh-CN.md"):
        block = (ROOT / name).read_text().split("```")[1]
        assert [line.split()[0] for line in block.strip().splitlines()] == [
            "script/demo",
            "script/test",
        ]


def test_scripts_say_how_they_are_used():
    for name, wrong in [("bootstrap", "--wrong"), ("demo", "--wrong")]:
        run = subprocess.run([ROOT / "script" / name, wrong], capture_output=True, text=True)
        assert run.returncode == 2
        assert f"script/{name}" in run.stderr


def test_keys_are_written_once_private_and_fresh(tmp_path):
    """In a copy, as `script/bootstrap --env` is run for a new installation."""
    written = []
    for name in ("one", "two"):
        script = tmp_path / name / "script" / "bootstrap"
        script.parent.mkdir(parents=True)
        script.write_bytes((ROOT / "script" / "bootstrap").read_bytes())
        env = tmp_path / name / ".env"
        for _ in range(2):
            subprocess.run(["bash", script, "--env"], check=True)
            written.append(env.read_text())
        assert env.stat().st_mode & 0o777 == 0o600
    first, again, other, _ = written
    assert first == again
    keys = {text: dict(re.findall(r"^(\w+)=(.+)$", text, re.M)) for text in (first, other)}
    assert set(keys[first]) == {"SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "AUDIT_KEY"}
    assert not set(keys[first].values()) & set(keys[other].values())


def test_no_secret_is_committed():
    assert found(r"-----BEGIN [A-Z ]*PRIVATE KEY") == []
    assert found(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])") == []
    assert found(r"(?:SECRET_KEY|PASSWORD|TOKEN)\s*=\s*['\"]?[A-Za-z0-9+/_-]{24,}") == []
    assert not {".env", ".netrc", "id_rsa"} & {path.name for path in FILES}


def test_no_path_or_registry_of_a_machine_is_committed():
    assert found(r"(?<![\w.<])/(?:root|home|work|Users|opt|mnt)/[\w.-]+") == []
    assert found(r"pypi\.org|pythonhosted|deb\.debian\.org|registry\.npmjs|//mirrors?\.") == []


def test_no_file_is_large():
    large = [str(path) for path in FILES if path.stat().st_size > 1_000_000]
    assert large == []


def test_no_drawers():
    drawers = {"utils", "helpers", "common", "selectors", "signals", "managers", "constants"}
    code = [path.relative_to(ROOT) for path in FILES if path.suffix == ".py"]
    named = {str(path) for path in code if drawers & {path.stem, path.parent.name}}
    assert named == set()


def test_lock_is_in_step_with_the_project():
    """Every dependency that pyproject.toml names is in the lock as it is named there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = tomllib.loads(LOCK.read_text())
    locked = next(row for row in lock["package"] if row["name"] == "unionhub")["metadata"]

    def normal(requirement: str) -> tuple[str, str]:
        name, extras, version = re.fullmatch(r"([\w-]+)(\[\w+\])?(.*)", requirement).groups()
        return name + (extras or ""), ",".join(sorted(version.split(",")))

    def written(rows: list[dict]) -> set[tuple[str, str]]:
        return {
            normal(
                row["name"]
                + "".join(f"[{extra}]" for extra in row.get("extras", []))
                + row.get("specifier", "")
            )
            for row in rows
        }

    assert written(locked["requires-dist"]) == {
        normal(text) for text in project["project"]["dependencies"]
    }
    assert written(locked["requires-dev"]["dev"]) == {
        normal(text) for text in project["dependency-groups"]["dev"]
    }


def own_apps() -> list[Path]:
    paths = [Path(config.path) for config in apps.get_app_configs()]
    return [path for path in paths if path.parent == ROOT]


def test_each_app_says_what_it_is_in_under_forty_lines():
    for app in own_apps():
        lines = (app / "README.md").read_text().splitlines()
        assert lines[0] == f"# {app.name}"
        assert len(lines) < 40, app.name


def test_relative_links_of_documents_lead_somewhere():
    dead = [
        f"{path}: {link}"
        for path, text in texts()
        if path.suffix == ".md"
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        if not (ROOT / path.parent / link).exists()
    ]
    assert dead == []


def settings_read() -> set[str]:
    """The names that unionhub/settings.py reads from the environment."""
    source = (ROOT / "unionhub" / "settings.py").read_text()
    return set(re.findall(r"(?:env\.\w+|secret)\(\s*\"([A-Z_]+)\"", source))


def test_operations_explain_every_setting_and_no_other():
    text = (ROOT / "docs" / "operations.md").read_text()
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| ([A-Z_]+) \|", table, re.M)) == settings_read()


COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = ("web", "worker", "beat", "migrate")


def test_compose_runs_the_whole_house():
    assert set(COMPOSE) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    for name in ("worker", "beat", "postgres", "redis"):
        assert COMPOSE[name]["healthcheck"]["test"], name
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # of web
    assert {COMPOSE[name]["image"] for name in OURS} == {"unionhub"}
    for name in ("web", "worker", "beat"):
        after = COMPOSE[name]["depends_on"]
        assert after["migrate"]["condition"] == "service_completed_successfully"
    for name in ("postgres", "redis"):
        assert "ports" not in COMPOSE[name], "reached from inside only"


def test_compose_sets_only_what_the_settings_read():
    for name in OURS:
        environment = set(COMPOSE[name]["environment"])
        assert environment <= settings_read() | {"HOME"}, name
        assert environment >= {"PROFILE", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"}
    text = (ROOT / "docker-compose.yml").read_text()
    operations = (ROOT / "docs" / "operations.md").read_text()
    for name in re.findall(r"\$\{([A-Z_]+):\?", text):
        assert f"{name}=" in operations, f"{name} must be set in .env, and nobody says so"


def test_production_starts_as_compose_sets_it_and_refuses_without_a_password(tmp_path):
    """The settings module itself, in a process of its own, with compose's environment."""

    def start(**changed: str) -> subprocess.CompletedProcess:
        filled = {
            key: re.sub(r"\$\{(\w+)[^}]*\}", lambda m: values[m[1]], value)
            for key, value in COMPOSE["web"]["environment"].items()
        }
        environment = {
            "PATH": os.environ["PATH"],
            **keys,
            **filled,
            "DATA_DIR": str(tmp_path / "data"),
            **changed,
        }
        return subprocess.run(
            [sys.executable, "-c", "import unionhub.settings"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

    copy = tmp_path / "script" / "bootstrap"
    copy.parent.mkdir()
    copy.write_bytes((ROOT / "script" / "bootstrap").read_bytes())
    subprocess.run(["bash", copy, "--env"], check=True)
    keys = dict(re.findall(r"^(\w+)=(.+)$", (tmp_path / ".env").read_text(), re.M))
    values = {
        "POSTGRES_PASSWORD": "a" * 48,
        "REDIS_PASSWORD": "b" * 48,
        "ALLOWED_HOSTS": "union.example.cn",
        "SITE_URL": "https://union.example.cn",
        "PROXY_COUNT": "1",
    }
    started = start()
    assert started.returncode == 0, started.stderr
    refused = start(REDIS_URL="redis://redis:6379/0")
    assert refused.returncode != 0
    assert "REDIS_URL: needs a password" in refused.stderr
