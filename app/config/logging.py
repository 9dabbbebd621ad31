"""Application logs: JSON lines in production, readable lines in development."""

import json
import logging
import sys
from datetime import UTC, datetime

from app.config.settings import Settings
from app.utils.request_context import request_id, traceparent


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            "traceparent": traceparent.get(),
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
            stack = self.formatException(record.exc_info)
            line += "\n" + stack.encode("utf-8", "backslashreplace").decode("utf-8")
        return line


def configure_logging(settings: Settings, *handlers: logging.Handler) -> None:
    """Send everything to stdout, and to the given handlers besides."""
    is_production = settings.app_env == "production"
    console = logging.StreamHandler(sys.stdout)
    console.setFormatter(JsonFormatter() if is_production else ReadableFormatter())
    root = logging.getLogger()
    root.handlers = [console, *handlers]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
    # Our own access lines carry the request id; theirs cannot.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It tells at every try, with stacks, what `Broker` tells once.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
