"""Processes that cache responses, and a history that knows what each may still return."""

from collections import defaultdict
from dataclasses import dataclass, replace
from time import monotonic
from typing import NamedTuple

from app.infrastructure.cache.heartbeat import MAX_STALENESS_SECONDS
from app.infrastructure.cache.local_cache import LocalCache
from tests.support.cache_machines import Machine


class Acknowledged(NamedTuple):
    at: float
    version: int
    machine: str
    is_published: bool


@dataclass(frozen=True, kw_only=True)
class CachedProcess:
    """One process of a machine; `responses` holds versions instead of responses."""

    name: str
    machine: Machine
    responses: LocalCache[int]

    @classmethod
    def of(cls, name: str, machine: Machine) -> "CachedProcess":
        cache = machine.cache
        responses: LocalCache[int] = LocalCache(
            generations=cache.generations,
            heartbeat=cache.heartbeat,
            ttl_seconds=300,
            monotonic=monotonic,
        )
        return cls(name=name, machine=machine, responses=responses)

    async def read(self, widget_id: int) -> int:
        version = self.responses.find(widget_id)
        if version is None:
            load = self.responses.start_load(f"widgets/{widget_id}")
            version = (await self.machine.widgets.get(widget_id)).version
            self.responses.put(widget_id, version, load, size=100)
        return version

    async def write(self, widget_id: int, history: "BoundedHistory") -> None:
        async def change() -> int:
            widget = await self.machine.widgets.get_for_update(widget_id)
            changed = await self.machine.widgets.update(replace(widget, price=widget.price + 1))
            return changed.version

        is_published = self._reaches_redis
        version = await self.machine.database.run(change)
        is_published = is_published and self._reaches_redis
        history.record(widget_id, Acknowledged(monotonic(), version, self.name, is_published))

    @property
    def _reaches_redis(self) -> bool:
        link = self.machine.link
        return link is not None and link.is_up and self.machine.cache.generations.shared_is_current


class BoundedHistory:
    """Acknowledged versions.

    A read must return what its own machine acknowledged before it, and what another machine
    published more than two seconds before it.
    """

    def __init__(self) -> None:
        self._acknowledged: dict[int, list[Acknowledged]] = defaultdict(list)
        self.reads = 0
        self.stale: list[str] = []

    def record(self, widget_id: int, acknowledged: Acknowledged) -> None:
        self._acknowledged[widget_id].append(acknowledged)

    def newest(self, widget_id: int) -> int:
        return max(each.version for each in self._acknowledged[widget_id])

    async def check_read(self, process: CachedProcess, widget_id: int) -> None:
        started_at = monotonic()
        known = list(self._acknowledged[widget_id])
        version = await process.read(widget_id)
        self.reads += 1
        required = [each for each in known if _must_be_seen(each, process.name, started_at)]
        newest = max((each.version for each in required), default=0)
        if version < newest:
            self.stale.append(f"{process.name}: read {version} of {widget_id}, must be {newest}")


def _must_be_seen(write: Acknowledged, reader: str, started_at: float) -> bool:
    if write.machine == reader:
        return True
    return write.is_published and write.at < started_at - MAX_STALENESS_SECONDS
