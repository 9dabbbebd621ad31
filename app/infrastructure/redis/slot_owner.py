"""Server of a Redis Cluster that owns one hash slot."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import RedisError


class SlotOwner:
    """Takes the place of the sentinels in the connection pool of the client library.

    All keys of a service have one hash tag, so that one server has them all. A cluster client
    would look for the server of each command, and could not publish in a pipeline.
    """

    def __init__(self, nodes: list[Redis], *, slot: int) -> None:
        self._nodes = nodes
        self._slot = slot

    async def discover_master(self, _group: str) -> tuple[str, int]:
        """Ask the nodes in turn, the last one that responded first."""
        for node in list(self._nodes):
            with suppress(RedisError, OSError, TimeoutError):
                if (address := await self._ask(node)) is not None:
                    self._nodes.remove(node)
                    self._nodes.insert(0, node)
                    return address
        raise MasterNotFoundError

    async def _ask(self, node: Redis) -> tuple[str, int] | None:
        ranges = await node.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
        for first, last, (host, port, *_), *_ in ranges:
            if first <= self._slot <= last:
                # A node without a name has the address at which it was asked.
                name = host.decode() if host else node.connection_pool.connection_kwargs["host"]
                return name, port
        return None
