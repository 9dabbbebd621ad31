"""Formats of application logs: JSON lines in production, readable lines in development."""

import json
import logging
import os
from datetime import UTC, datetime

from app.utils.printable_text import printable
from app.utils.request_context import request_id, trace_ids

STACK_LINE_CHARACTERS = 1000

FIELDS = ("method", "route", "status", "duration_ms", "user", "client_ip", "operation")
"""Members of a JSON line that its logger call may add by `extra`; no others are written."""


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name, None) for name in FIELDS},
            "request_id": request_id.get(),
            **trace_ids(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value is not None})


class ReadableFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        identifier = request_id.get()
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        message = record.getMessage().encode("unicode_escape").decode("ascii")
        line = f"{time} {record.levelname:<7} {message}"
        if identifier is not None:
            line += f"  [{identifier}]"
        if record.exc_info:
            # Indented, so that no text in an error looks like a line of its own.
            for each in self.formatException(record.exc_info).splitlines():
                line += f"\n    {printable(each, limit=STACK_LINE_CHARACTERS)}"
        return line


def formatter_for(app_env: str) -> logging.Formatter:
    return JsonFormatter() if app_env == "production" else ReadableFormatter()


def supervisor_formatter() -> logging.Formatter:
    """Format the lines of uvicorn's parent process, which reads no settings: `--log-config`."""
    return formatter_for(os.environ.get("APP_ENV", ""))
