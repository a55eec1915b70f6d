"""Log lines: one line each, no personal numbers, nothing that a terminal obeys."""

import json
import logging
import sys

import pytest

from core import audit
from unionhub.logs import JSONFormatter, PlainFormatter, scrub

FORMATTERS = [JSONFormatter(), PlainFormatter()]


def write(formatter, message, *arguments, error=None):
    exc_info = None
    if error:
        try:
            raise error
        except type(error):
            exc_info = sys.exc_info()
    record = logging.LogRecord("app", logging.ERROR, "x.py", 1, message, arguments, exc_info)
    return formatter.format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("证件 330102199003078888 重复", "证件 3301**********8888 重复"),
        ("33010219900307888X", "3301**********888X"),
        ("x=33010219900307888x,", "x=3301**********888x,"),
        ("330102900307888", "3301*******7888"),
        ("卡号6222021234567890123", "卡号6222***********0123"),
        ("电话13812345678。", "电话138****5678。"),
        ("+8613812345678", "+86138****5678"),
        ("138-1234-5678", "138****5678"),
        ("第 12345 行，共 20210307 条", "第 12345 行，共 20210307 条"),
        ("12812345678", "12812345678"),
    ],
)
def test_personal_numbers_are_masked(text, shown):
    assert scrub(text) == shown


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_no_line_carries_a_personal_number(formatter):
    line = write(
        formatter,
        "import of %s failed: %r",
        "13812345678",
        {"number": "330102199003078888"},
        error=ValueError("duplicate key (330102199003078888)"),
    )
    assert "13812345678" not in line
    assert "330102199003078888" not in line
    assert line.count("3301**********8888") == 2


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize(
    "hostile", ["\r\nforged", "\n2026 ERROR x", "\x1b[2J", "\x9b31m", "\u2028x", "\0"]
)
def test_a_message_stays_on_its_line(formatter, hostile):
    line = write(formatter, "user %s", f"a{hostile}b")
    assert line.splitlines() == [line]
    assert line.isprintable()


def test_production_lines_are_json_with_the_request_and_the_trace():
    with audit.origin(request_id="f" * 32):
        line = write(JSONFormatter(), "丙厂 %d", 7, error=ValueError("a\r\nb\x1b[0m"))
    assert "\n" not in line
    assert line.isascii()
    found = json.loads(line)
    assert set(found) == {"at", "level", "logger", "message", "request", "trace"}
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "app", "丙厂 7")
    assert found["request"] == "f" * 32
    assert "ValueError" in found["trace"]


def test_a_forged_trace_line_is_indented_like_the_others():
    line = write(PlainFormatter(), "failed", error=ValueError("a\n2026-01-01 ERROR forged\x1b[0m"))
    first, *rest = line.split("\n")
    assert first.endswith("ERROR app: failed")
    assert all(text.startswith("    ") and text.isprintable() for text in rest)


def test_every_handler_writes_through_the_formatter(settings):
    assert all(handler["formatter"] == "line" for handler in settings.LOGGING["handlers"].values())
    for name in ("", "django", "django.request", "django.server", "axes", "celery"):
        for handler in logging.getLogger(name).handlers:
            if type(handler) is logging.StreamHandler:
                assert isinstance(handler.formatter, PlainFormatter)
