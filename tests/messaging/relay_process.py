"""A relay in a process of its own: `python relay_process.py DATABASE_URL BROKER_URL DIRECTORY HOW`.

It says `ready` and relays until its input ends, or, told to `die`, until the moment between
publishing and writing that down.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from app.infrastructure.messaging import opening
from app.infrastructure.messaging.broker import BrokerTiming
from app.infrastructure.messaging.outbox_leases import OutboxLeases, Retrying
from tests.messaging.sending import sending


class DeadlyLeases(OutboxLeases):
    async def published(self, ids: Collection[UUID]) -> None:  # noqa: ARG002 - as above it
        os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, broker_url: str, directory: str, how: str) -> None:
    retrying, timing = Retrying(), BrokerTiming()
    if how == "die":
        opening.OutboxLeases = DeadlyLeases  # type: ignore[attr-defined]
        retrying = replace(retrying, lease_seconds=2)
    async with sending(database_url, broker_url, Path(directory), retrying=retrying, timing=timing):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
