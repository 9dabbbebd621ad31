"""Responses that stay in a process are never older than promised, whatever happens to Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from itertools import cycle
from random import Random
from time import monotonic
from typing import Any

import pytest
import redis

from app.infrastructure.cache.heartbeat import MAX_STALENESS_SECONDS
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine
from tests.support.cached_processes import BoundedHistory, CachedProcess
from tests.support.redis_outages import Outage, frozen, killed
from tests.support.waiting import eventually
from tests.widgets.factories import make_new_widget

WIDGETS = 60
ROUNDS_BEFORE = 2 * WIDGETS
SECONDS_AFTER = MAX_STALENESS_SECONDS + 0.5
Fault = Callable[[PrivateValkey], Coroutine[Any, Any, None]]


async def no_fault(server: PrivateValkey) -> None:
    """Lose nothing."""


async def subscriptions_killed(server: PrivateValkey) -> None:
    with redis.Redis.from_url(server.url) as admin:
        for _ in range(10):
            admin.client_kill_filter(_type="pubsub")
            await asyncio.sleep(0.05)


async def emptied(server: PrivateValkey) -> None:
    with redis.Redis.from_url(server.url) as admin:
        for _ in range(10):
            admin.flushall()
            await asyncio.sleep(0.05)


async def marks_lost(server: PrivateValkey) -> None:
    """Evict generations, as a server without memory may do."""
    with redis.Redis.from_url(server.url) as admin:
        for _ in range(20):
            for name in admin.keys("*:mark:widgets/*"):
                admin.delete(name)
            await asyncio.sleep(0.02)


def outage(kind: Outage) -> Fault:
    async def fault(server: PrivateValkey) -> None:
        with kind(server):
            await asyncio.sleep(1.0)

    fault.__name__ = kind.__name__
    return fault


@pytest.fixture
async def processes(
    open_machine: OpenMachine, own_valkey: PrivateValkey
) -> AsyncIterator[list[CachedProcess]]:
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> Machine:
            return await stack.enter_async_context(open_machine(name, own_valkey.url))

        yield [CachedProcess.of(name, await opened(name)) for name in ("here", "here", "there")]


@pytest.mark.parametrize(
    "fault",
    [
        *(no_fault, subscriptions_killed, emptied, marks_lost),
        *map(outage, (killed, frozen)),
    ],
    ids=lambda fault: fault.__name__.replace("_", " "),
)
async def test_no_response_is_older_than_promised(
    fault: Fault, processes: list[CachedProcess], own_valkey: PrivateValkey
) -> None:
    history, random = BoundedHistory(), Random(1)  # noqa: S311 - no secret
    ids = [(await processes[0].machine.widgets.add(make_new_widget())).id for _ in range(WIDGETS)]

    # In turn, so that no later invalidation of the same widget makes up for a lost one.
    turns = cycle(ids)

    async def write_and_read() -> None:
        await random.choice(processes).write(next(turns), history)
        await read_all()

    async def read_all() -> None:
        for process in processes:
            for each in ids:
                await history.check_read(process, each)
        await asyncio.sleep(0.01)

    for _ in range(ROUNDS_BEFORE):
        await write_and_read()
    running = asyncio.create_task(fault(own_valkey))
    while not running.done():
        await write_and_read()
    await running
    ends_at = monotonic() + SECONDS_AFTER
    while monotonic() < ends_at:
        await read_all()
    for process in processes:
        await process.machine.wait_for_redis()
        for each in ids:
            await _wait_for_version(process, each, history.newest(each))

    assert history.reads > 0
    assert history.stale == []


async def _wait_for_version(process: CachedProcess, widget_id: int, version: int) -> None:
    async def is_newest() -> bool:
        return await process.read(widget_id) == version

    await eventually(is_newest)


async def test_a_response_is_used_without_a_load_while_heartbeats_arrive(
    processes: list[CachedProcess],
) -> None:
    process = processes[0]
    widget = await process.machine.widgets.add(make_new_widget())
    await eventually(lambda: monotonic() < process.machine.cache.heartbeat.valid_until)
    await process.read(widget.id)
    process.machine.slow.close_gate()
    started_at = process.machine.cache.heartbeat.valid_until

    # A load would now wait for ever.
    while process.machine.cache.heartbeat.valid_until < started_at + 3:
        assert await process.read(widget.id) == widget.version
        await asyncio.sleep(0.05)


async def test_an_event_loop_that_was_blocked_does_not_use_its_responses(
    processes: list[CachedProcess],
) -> None:
    here, _, there = processes
    widget = await here.machine.widgets.add(make_new_widget())
    await eventually(lambda: monotonic() < there.machine.cache.heartbeat.valid_until)
    await there.read(widget.id)
    valid_until = there.machine.cache.heartbeat.valid_until

    while monotonic() < valid_until:
        """Block the loop: nothing can be received, and so nothing can be known."""

    assert there.responses.find(widget.id) is None
