"""The read-through cache works with any SharedCache."""

from pathlib import Path

import msgspec
import pytest

from app.infrastructure.cache.cache import Cache
from app.infrastructure.cache.generation_table import GenerationTable
from app.infrastructure.cache.shared_cache import CachedValue
from app.repositories.shared.cached_records import MessagePackCodec
from tests.support.recording_metrics import RecordingMetrics

NUMBER: MessagePackCodec[int] = MessagePackCodec(int)


class InMemorySharedCache:
    """Stores every value until any tag is invalidated."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def find(self, tag: str, key: str) -> CachedValue:  # noqa: ARG002 - all tags share one generation
        return CachedValue(self.values.get(key), b"stamp")

    def store(self, key: str, value: bytes, stamp: bytes) -> None:  # noqa: ARG002
        self.values[key] = value

    async def invalidate(self, *tags: str) -> None:  # noqa: ARG002
        self.values.clear()

    async def aclose(self) -> None:
        """Wait for nothing: values are stored at once."""


@pytest.fixture
def shared() -> InMemorySharedCache:
    return InMemorySharedCache()


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def cache(shared: InMemorySharedCache, metrics: RecordingMetrics, tmp_path: Path) -> Cache:
    generations = GenerationTable.map(tmp_path / "table")
    return Cache(generations=generations, shared=shared, metrics=metrics)


async def test_a_loaded_value_is_shared_until_its_tag_is_invalidated(cache: Cache) -> None:
    loads = 0

    async def load() -> int:
        nonlocal loads
        loads += 1
        return loads

    assert [await cache.get_or_load("numbers", "one", NUMBER, load) for _ in range(2)] == [1, 1]
    await cache.invalidate("numbers")

    assert await cache.get_or_load("numbers", "one", NUMBER, load) == 2


async def test_a_value_that_cannot_be_decoded_is_loaded_and_counted(
    cache: Cache, shared: InMemorySharedCache, metrics: RecordingMetrics
) -> None:
    shared.values["one"] = b"\xc1"

    async def load() -> int:
        return 1

    assert await cache.get_or_load("numbers", "one", NUMBER, load) == 1
    assert metrics.counts["cache_decode_failures_total",] == 1
    assert msgspec.msgpack.decode(shared.values["one"]) == 1
