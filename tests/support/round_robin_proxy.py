"""Distribute connections over several ports, as the Service of a cluster does."""

import asyncio
from collections import Counter
from contextlib import suppress

from devtools.fault_proxy import FaultProxy
from devtools.ports import LOOPBACK


class RoundRobinProxy(FaultProxy):
    """Forwards each connection to the next of `targets` that accepts it."""

    def __init__(self, *targets: int) -> None:
        super().__init__(target=targets[0])
        self.targets = list(targets)
        self.accepted: Counter[int] = Counter()

    async def _open_target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.targets.append(self.targets.pop(0))
        for port in tuple(self.targets):
            with suppress(ConnectionRefusedError):
                opened = await asyncio.open_connection(LOOPBACK, port)
                self.accepted[port] += 1
                return opened
        raise ConnectionRefusedError
