"""Message processes that run next to the API: `python -m app relay` and `consume`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from app.config.logging import configure_logging
from app.config.settings import Settings, SettingsError
from app.config.transports import warn_of_plain_transports
from app.infrastructure.database.opening import open_database
from app.infrastructure.logging.error_log import ErrorLogHandler
from app.infrastructure.logging.exception_tracker import open_exception_tracker
from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.logging.line_counter import LineCounter
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.opening import open_messaging
from app.infrastructure.metrics.event_loop_lag import measure_event_loop_lag
from app.infrastructure.metrics.opening import open_metrics
from app.infrastructure.metrics.samples import sample_dependencies, sample_lost_lines
from app.infrastructure.metrics.serving import serve_metrics
from app.infrastructure.readiness import report_message_readiness
from app.infrastructure.resources import Resources, open_resources
from app.infrastructure.tracing.opening import open_tracing
from app.ports.metrics import Metrics
from app.utils.platform_support import on_stop_signal

logger = logging.getLogger(__name__)

Dispatch = Callable[[IncomingMessage], Awaitable[bool | None]]

# A relay uses one connection for its rows and one for its leases.
RELAY_POOL = {"database_pool_size": 2, "database_pool_min_size": 0}


async def relay(settings: Settings) -> None:
    """Publish outbox messages to the broker until SIGTERM or SIGINT."""
    require_broker(settings)
    stopping = _stop_requested()
    async with AsyncExitStack() as stack:
        opened = stack.enter_context(open_metrics(settings, process="relay"))
        _log_errors(settings, opened.metrics, stack)
        database = await stack.enter_async_context(
            open_database(settings.model_copy(update=RELAY_POOL), metrics=opened.metrics)
        )
        await stack.enter_async_context(open_exception_tracker(settings))
        tracing = await stack.enter_async_context(open_tracing(settings))
        messaging = await stack.enter_async_context(
            open_messaging(settings, database, metrics=opened.metrics, tracing=tracing)
        )
        sample_dependencies(
            opened.metrics, lambda: {"database": database.health, "messaging": messaging.health}
        )
        await stack.enter_async_context(measure_event_loop_lag(opened.metrics))
        readiness = partial(report_message_readiness, database, messaging)
        await stack.enter_async_context(serve_metrics(settings, opened, readiness=readiness))
        warn_of_plain_transports(settings)
        logger.info("Relaying messages of %s", settings.service_name)
        await stopping.wait()


async def consume(settings: Settings, dispatcher: Callable[[Resources], Dispatch]) -> None:
    """Handle messages from other services until SIGTERM or SIGINT."""
    require_broker(settings)
    # Before the resources, whose opening takes seconds in an outage.
    stopping = _stop_requested()
    configure_logging(settings)
    async with open_resources(settings, process="consumer") as resources:
        configure_logging(
            settings, ErrorLogHandler(resources.error_file), LineCounter(resources.metrics)
        )
        assert resources.messaging.message_broker is not None  # noqa: S101 - required above
        warn_of_plain_transports(settings)
        logger.info("Consuming messages for %s", settings.service_name)
        consuming = asyncio.create_task(
            resources.messaging.message_broker.consume_messages(
                settings.service_name, dispatcher(resources)
            )
        )
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({consuming, waiting}, return_when=asyncio.FIRST_COMPLETED)
        consuming.cancel()
        await asyncio.wait({consuming})
        if not consuming.cancelled():
            consuming.result()


def require_broker(settings: Settings) -> str:
    """Return the broker URL; raises SettingsError if it is not configured."""
    if settings.rabbitmq_url is None:
        raise SettingsError("RABBITMQ_URL: is required by this command and not set")
    return settings.rabbitmq_url.get_secret_value()


def _log_errors(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> None:
    error_file = JsonLinesLog(settings.error_log_file)
    stack.callback(error_file.close)
    sample_lost_lines(metrics, error_file)
    configure_logging(settings, ErrorLogHandler(error_file), LineCounter(metrics))


def _stop_requested() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    on_stop_signal(stopping.set)
    return stopping
