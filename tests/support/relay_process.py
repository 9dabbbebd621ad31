"""A relay as a process: `python relay_process.py DATABASE_URL BROKER_URL DIRECTORY MODE`.

It prints `ready` and relays until its input ends. In the mode `die` it kills itself after a message
is published and before that is stored.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from app.infrastructure.messaging import opening
from app.infrastructure.messaging.broker.broker_connection import BrokerTiming
from app.infrastructure.messaging.relay.outbox_leases import OutboxLeases, OutboxRetryPolicy
from tests.support.outbox_sender import open_outbox_sender


class KillingLeases(OutboxLeases):
    async def mark_published(self, ids: Collection[UUID]) -> None:  # noqa: ARG002 - signature of the base class
        os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, broker_url: str, directory: str, mode: str) -> None:
    retry_policy, timing = OutboxRetryPolicy(), BrokerTiming()
    if mode == "die":
        opening.OutboxLeases = KillingLeases  # type: ignore[attr-defined]
    async with open_outbox_sender(
        database_url, broker_url, Path(directory), retry_policy=retry_policy, timing=timing
    ):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
