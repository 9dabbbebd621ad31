"""`python -m app relay` and `consume`: processes beside the API's that move messages."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from app.config.logging import configure_logging
from app.config.settings import Settings, SettingsError
from app.infrastructure.database.opening import open_database
from app.infrastructure.logging.error_log import ErrorLogHandler
from app.infrastructure.logging.json_lines_file import JsonLinesFile
from app.infrastructure.messaging.incoming import IncomingMessage
from app.infrastructure.messaging.opening import open_messaging
from app.infrastructure.resources import Resources, open_resources

logger = logging.getLogger(__name__)

Dispatch = Callable[[IncomingMessage], Awaitable[None]]

# A relay uses one connection for its rows, and one for looking after them.
RELAY_POOL = {"database_pool_size": 2, "database_pool_min_size": 0}


async def relay(settings: Settings) -> None:
    """Carry messages from the outbox to the broker, until a signal."""
    require_broker(settings)
    stopping = _stop_requested()
    async with AsyncExitStack() as stack:
        _log_errors(settings, stack)
        database = await stack.enter_async_context(
            open_database(settings.model_copy(update=RELAY_POOL))
        )
        await stack.enter_async_context(open_messaging(settings, database))
        logger.info("Relaying messages of %s", settings.service_name)
        await stopping.wait()


async def consume(settings: Settings, dispatcher: Callable[[Resources], Dispatch]) -> None:
    """Handle what other services send to this one, until a signal."""
    require_broker(settings)
    configure_logging(settings)
    async with open_resources(settings) as resources:
        configure_logging(settings, ErrorLogHandler(resources.error_file))
        # After the resources, which watch the signals too.
        stopping = _stop_requested()
        assert resources.messaging.message_broker is not None  # noqa: S101 - required above
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
    """Return its URL; raises SettingsError if none is configured."""
    if settings.rabbitmq_url is None:
        raise SettingsError("RABBITMQ_URL: is required for this and not set")
    return settings.rabbitmq_url.get_secret_value()


def _log_errors(settings: Settings, stack: AsyncExitStack) -> None:
    error_file = JsonLinesFile(settings.error_log_file)
    stack.callback(error_file.close)
    configure_logging(settings, ErrorLogHandler(error_file))


def _stop_requested() -> asyncio.Event:
    """Give what is set at the first SIGTERM or Ctrl-C."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping
