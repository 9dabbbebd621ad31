"""A failed message is retried after increasing delays, then goes to the dead queue."""

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.broker.queues import RETRY_DELAYS_SECONDS
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.consumer.message_copy import describe_error
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.failing_handler import FailingHandler
from tests.support.other_service import OtherService
from tests.support.waiting import eventually

QUICK = (0.05, 0.1, 0.2)


def test_the_retry_delays_increase() -> None:
    assert all(later > earlier for earlier, later in itertools.pairwise(RETRY_DELAYS_SECONDS))


def test_any_error_text_fits_into_a_header() -> None:
    reason = describe_error(ValueError("x" * 1000 + "\udc80"))

    assert reason.startswith("ValueError: xxx")
    assert len(reason) == 500
    assert describe_error(ValueError("\udc80")) == "ValueError: \\udc80"


@pytest.mark.parametrize("times", [1, 3])
async def test_a_failed_message_is_retried(
    open_consumer: OpenConsumer, other_service: OtherService, times: int
) -> None:
    async with open_consumer(delays=QUICK) as consumer:
        consumer.callback = failing = FailingHandler(times, RuntimeError("not now"))
        await other_service.send({"name": "late"}, priority=8)
        await eventually(failing.has_handled)

    assert failing.tries == times + 1
    assert await other_service.get_message(f"{other_service.queue}.dead") is None


async def test_a_message_that_always_fails_goes_to_the_dead_queue_with_its_error(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    async with open_consumer(delays=QUICK) as consumer:
        consumer.callback = failing = FailingHandler(99, ValueError("line 1\nline 2"))
        identifier = await other_service.send(
            {"name": "late"}, priority=8, headers={"x-request-id": "r"}
        )
        dead = await other_service.wait_for_message(f"{other_service.queue}.dead")

    assert failing.tries == len(QUICK) + 1
    assert (dead.message_id, dead.priority) == (identifier, 8)
    assert dead.headers == {
        "x-request-id": "r",
        "x-sender": "",
        "x-tries": len(QUICK) + 1,
        "x-error": "ValueError: line 1\nline 2",
    }


async def test_other_messages_are_handled_while_one_waits_for_its_retry(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    handled: list[object] = []

    async def handle(message: IncomingMessage) -> None:
        if message.payload["name"] == "bad":
            raise RuntimeError
        handled.append(message.payload["name"])

    async def is_handled() -> bool:
        return handled == ["good"]

    async with open_consumer(delays=(3600,), prefetch=1) as consumer:
        consumer.callback = handle
        for _ in range(3):
            await other_service.send({"name": "bad"}, priority=10)
        await other_service.send({"name": "good"})
        await eventually(is_handled)


async def test_an_outage_of_a_dependency_does_not_use_up_retries(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    """An outage of the database of any length sends no message to the dead queue."""
    async with open_consumer(delays=(), repeat_delay=0.05) as consumer:
        consumer.callback = failing = FailingHandler(5, UnavailableError("The database is away"))
        await other_service.send({"name": "late"})
        await eventually(failing.has_handled)

    assert await other_service.get_message(f"{other_service.queue}.dead") is None


async def test_a_delayed_message_survives_a_broker_restart(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    server_thread: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()

    async def waits() -> bool:
        return f"was moved to {other_service.queue}.retry.8000ms" in caplog.text

    async with open_consumer(delays=(8.0,)) as consumer:
        consumer.callback = failing = FailingHandler(1, RuntimeError("not now"))
        await other_service.send({"name": "late"})
        await eventually(waits)
        await loop.run_in_executor(server_thread, rabbitmq.stop)
        await loop.run_in_executor(server_thread, rabbitmq.start)
        await eventually(failing.has_handled, seconds=60)
