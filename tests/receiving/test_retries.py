"""A handler that fails is tried again after growing delays; then its message is parked."""

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.failed_messages import reason_of
from app.infrastructure.messaging.incoming import IncomingMessage
from app.infrastructure.messaging.queues import DELAYS
from devtools.rabbitmq import PrivateRabbitMQ
from tests.faults.running import eventually
from tests.receiving.conftest import OpenReceiver
from tests.receiving.sender import Sender

QUICK = (0.05, 0.1, 0.2)


class Failing:
    """Fails so many times, then notes what comes."""

    def __init__(self, times: int, error: Exception) -> None:
        self.names: list[object] = []
        self.tries = 0
        self._times = times
        self._error = error

    async def __call__(self, message: IncomingMessage) -> None:
        self.tries += 1
        if self.tries <= self._times:
            raise self._error
        self.names.append(message.payload["name"])

    async def has_handled(self) -> bool:
        return self.names == ["late"]


def test_the_delays_grow() -> None:
    assert all(later > earlier for earlier, later in itertools.pairwise(DELAYS))


def test_whatever_an_error_says_fits_into_a_header() -> None:
    reason = reason_of(ValueError("x" * 1000 + "\udc80"))

    assert reason.startswith("ValueError: xxx")
    assert len(reason) == 500
    assert reason_of(ValueError("\udc80")) == "ValueError: \\udc80"


@pytest.mark.parametrize("times", [1, 3])
async def test_a_handler_that_fails_is_tried_again(
    receiver_with: OpenReceiver, sender: Sender, times: int
) -> None:
    async with receiver_with(delays=QUICK) as receiver:
        receiver.callback = failing = Failing(times, RuntimeError("not now"))
        await sender.send({"name": "late"}, priority=8)
        await eventually(failing.has_handled)

    assert failing.tries == times + 1
    assert await sender.take(f"{sender.queue}.dead") is None


async def test_a_message_that_is_never_handled_ends_in_the_dead_queue_with_its_error(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    async with receiver_with(delays=QUICK) as receiver:
        receiver.callback = failing = Failing(99, ValueError("line 1\nline 2"))
        identifier = await sender.send({"name": "late"}, priority=8, headers={"x-request-id": "r"})
        dead = await sender.wait_for(f"{sender.queue}.dead")

    assert failing.tries == len(QUICK) + 1
    assert (dead.message_id, dead.priority) == (identifier, 8)
    assert dead.headers == {
        "x-request-id": "r",
        "x-tries": len(QUICK) + 1,
        "x-error": "ValueError: line 1\nline 2",
    }


async def test_others_are_handled_while_one_waits_for_its_next_try(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    handled: list[object] = []

    async def handle(message: IncomingMessage) -> None:
        if message.payload["name"] == "bad":
            raise RuntimeError
        handled.append(message.payload["name"])

    async def is_handled() -> bool:
        return handled == ["good"]

    async with receiver_with(delays=(3600,), prefetch=1) as receiver:
        receiver.callback = handle
        for _ in range(3):
            await sender.send({"name": "bad"}, priority=10)
        await sender.send({"name": "good"})
        await eventually(is_handled)


async def test_what_is_away_is_waited_for_without_using_up_the_tries(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    """However long the database is down, no message is parked for it."""
    async with receiver_with(delays=(), pause=0.05) as receiver:
        receiver.callback = failing = Failing(5, UnavailableError("The database is away"))
        await sender.send({"name": "late"})
        await eventually(failing.has_handled)

    assert await sender.take(f"{sender.queue}.dead") is None


async def test_a_message_waits_on_while_the_broker_is_restarted(
    receiver_with: OpenReceiver,
    sender: Sender,
    rabbitmq: PrivateRabbitMQ,
    keeper: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()

    async def waits() -> bool:
        return f"was moved to {sender.queue}.retry.8000ms" in caplog.text

    async with receiver_with(delays=(8.0,)) as receiver:
        receiver.callback = failing = Failing(1, RuntimeError("not now"))
        await sender.send({"name": "late"})
        await eventually(waits)
        await loop.run_in_executor(keeper, rabbitmq.stop)
        await loop.run_in_executor(keeper, rabbitmq.start)
        await eventually(failing.has_handled, seconds=60)
