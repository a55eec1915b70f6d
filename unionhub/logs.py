"""How log lines are written: one line each, and no personal number in any of them."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from django.apps import apps

from core import masking

# Resident numbers, bank cards, mobile phones. What only looks like one is masked as well.
_NUMBER = re.compile(r"(?<!\d)\d{14,18}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)((?:86)?)(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def scrub(text: str) -> str:
    """The text without personal numbers."""
    text = _NUMBER.sub(lambda found: masking.number(found.group()), text)
    return _PHONE.sub(
        lambda found: found.group(1) + masking.phone(re.sub(r"\D", "", found.group(2))), text
    )


def one_line(text: str) -> str:
    """Line ends and terminal codes spelled out: nobody forges a line or paints the screen."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


class PlainFormatter(logging.Formatter):
    """For people: a line, and below it, indented, the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone()
        message = scrub(one_line(record.getMessage()))
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}: {message}"
        trace = [f"    {scrub(one_line(text))}" for text in _trace(record).splitlines()]
        return "\n".join([line, *trace])


class JSONFormatter(logging.Formatter):
    """For programs: one object a line, the trace of an error inside."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if request := _request_id():
            line["request"] = request
        if trace := _trace(record):
            line["trace"] = scrub(trace)
        return json.dumps(line, ensure_ascii=True)


def _request_id() -> str:
    if not apps.models_ready:
        return ""
    from core import audit  # logging is set up before there are models

    return audit.current().request_id


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[0]:
        return "".join(traceback.format_exception(*record.exc_info))
    return record.exc_text or ""
