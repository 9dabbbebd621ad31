"""A stop leaves no connection, whatever moment of connecting it meets."""

import asyncio

import pytest

from app.infrastructure.messaging.broker.broker_connection import BrokerConnection, BrokerTiming


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_while_connecting_leaves_no_task(broker_url: str, turns: int) -> None:
    broker = BrokerConnection(broker_url, name="test", timing=BrokerTiming())
    before = asyncio.all_tasks()
    connecting = asyncio.create_task(broker.keep_connected())
    while not any(is_reader(task) for task in asyncio.all_tasks() - before):  # noqa: ASYNC110 - each turn
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)

    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)

    # The client library ends its own tasks a turn later.
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == before


def is_reader(task: asyncio.Task[object]) -> bool:
    """Return whether the task reads the frames of a connection that has just been opened."""
    return "__reader" in getattr(task.get_coro(), "__qualname__", "")
