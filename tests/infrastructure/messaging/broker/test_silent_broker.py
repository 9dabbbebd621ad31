"""A broker that is silent while there is nothing to send is noticed by its missing heartbeats."""

import asyncio
from dataclasses import replace

from app.infrastructure.messaging.broker.broker_connection import BrokerConnection
from devtools.fault_proxy import FaultProxy
from tests.support.outbox_sender import QUICK_BROKER
from tests.support.waiting import eventually


async def test_missed_heartbeats_are_named_as_a_lost_connection(
    broker_url: str, proxy: FaultProxy
) -> None:
    broker = BrokerConnection(
        broker_url, name="test", timing=replace(QUICK_BROKER, heartbeat=1, pause=60)
    )
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(broker.keep_connected())
        await broker.connected()
        proxy.freeze()
        await eventually(lambda: broker.health.status == "unavailable")
        detail = broker.health.detail
        keeping.cancel()
        proxy.thaw()

    assert detail == "ConnectionError"
