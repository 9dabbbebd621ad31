"""Set up application logs."""

import logging
import sys

from app.config.log_formats import formatter_for
from app.config.settings import Settings


def configure_logging(settings: Settings, *handlers: logging.Handler) -> None:
    """Log to stdout and to the given handlers."""
    console = logging.StreamHandler(sys.stdout)
    console.setFormatter(formatter_for(settings.app_env))
    root = logging.getLogger()
    root.handlers = [console, *handlers]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
    # The access log of `RequestContextMiddleware` contains the request ID; uvicorn's does not.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # aiormq logs each failed attempt with a stack trace; `BrokerConnection` logs an outage once.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    # It logs every batch that it cannot send; `SpanQueue` logs an outage once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
