"""Report logged errors to an exception tracker that speaks Sentry's protocol."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from app.config.settings import Settings
from app.utils.request_context import request_id, trace_ids

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0


@asynccontextmanager
async def open_exception_tracker(settings: Settings) -> AsyncIterator[None]:
    """Report what is logged as an error, if SENTRY_DSN is set and `sentry-sdk` is installed."""
    if settings.sentry_dsn is None:
        yield
        return
    try:
        sentry = import_module("sentry_sdk")
        handler = import_module("sentry_sdk.integrations.logging")
    except ImportError:
        logger.warning("Errors are not reported: SENTRY_DSN is set; install sentry-sdk")
        yield
        return
    sentry.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.app_env,
        release=f"{settings.service_name}@{settings.app_version}",
        # Others would patch FastAPI and the drivers, also where requests do not fail.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[handler.LoggingIntegration(level=None, event_level=logging.ERROR)],
        # What clients have sent stays here.
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_with_ids,
    )
    try:
        yield
    finally:
        await asyncio.to_thread(sentry.flush, timeout=FLUSH_SECONDS)


def _with_ids(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Name the request and the trace as the log does."""
    event.setdefault("tags", {}).update({"request_id": request_id.get()} | trace_ids())
    return event
