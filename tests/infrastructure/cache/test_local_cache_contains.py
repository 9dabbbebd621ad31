"""Look for a value in the local cache without using it."""

import pytest

from app.infrastructure.cache import local_cache
from app.infrastructure.cache.generation_table import GenerationTable
from app.infrastructure.cache.heartbeat import Heartbeat
from app.infrastructure.cache.local_cache import LocalCache
from tests.support.clock import Clock
from tests.support.heartbeats import beat


def test_a_valid_value_is_contained_and_looking_for_it_does_not_renew_it(
    cache: LocalCache[str],
    generations: GenerationTable,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local_cache, "uniform", max)
    assert not cache.contains("key")
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 1.85
    assert cache.contains("key")
    # The first caller renews it.
    assert [cache.find("key"), cache.find("key")] == [None, "value"]
    assert cache.contains("key")
    generations.invalidate("widgets/7")
    assert not cache.contains("key")


def test_a_value_that_has_expired_is_not_contained(
    cache: LocalCache[str], heartbeat: Heartbeat, clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 2.0
    assert not cache.contains("key")
    beat(heartbeat, sent_at=1.5)
    assert cache.contains("key")
