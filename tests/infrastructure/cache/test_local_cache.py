from app.infrastructure.cache.generation_table import GenerationTable
from app.infrastructure.cache.heartbeat import Heartbeat
from app.infrastructure.cache.local_cache import ENTRY_BYTES, LocalCache
from tests.support.clock import Clock
from tests.support.heartbeats import beat


def test_a_value_is_cached_until_its_tag_is_invalidated(
    cache: LocalCache[str], generations: GenerationTable
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    assert cache.find("key") == "value"

    generations.invalidate("widgets/7")

    assert cache.find("key") is None
    assert (len(cache), cache.size) == (0, 0)


def test_a_value_loaded_before_an_invalidation_is_not_cached(
    cache: LocalCache[str], generations: GenerationTable
) -> None:
    generation = cache.start_load("widgets/7")
    generations.invalidate("widgets/7")

    cache.put("key", "older", generation, size=5)

    assert cache.find("key") is None


def test_without_heartbeats_a_value_expires_after_two_seconds(
    cache: LocalCache[str], clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)

    clock.now = 0.999
    assert cache.find("key") == "value"
    clock.now = 2.0
    assert [cache.find("key"), cache.find("key")] == [None, None]


def test_heartbeats_keep_a_value_until_its_ttl_ends(
    cache: LocalCache[str], heartbeat: Heartbeat, clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    while clock.now < 79.5:
        clock.now += 0.5
        beat(heartbeat, sent_at=clock.now)
        assert cache.find("key") == "value"

    while clock.now < 100:
        clock.now += 0.5
        beat(heartbeat, sent_at=clock.now)
        cache.find("key")
    assert cache.find("key") is None


def test_a_value_ends_two_seconds_after_the_last_heartbeat_was_sent(
    cache: LocalCache[str], heartbeat: Heartbeat, clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 5.0
    beat(heartbeat, sent_at=4.0)

    clock.now = 5.79
    assert cache.find("key") == "value"
    clock.now = 6.0
    assert cache.find("key") is None


def test_a_late_heartbeat_extends_a_value_only_from_when_it_was_sent(
    cache: LocalCache[str], heartbeat: Heartbeat, clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 6.0
    beat(heartbeat, sent_at=4.0)

    assert cache.find("key") is None


def test_a_heartbeat_does_not_revive_an_invalidated_value(
    cache: LocalCache[str], heartbeat: Heartbeat, clock: Clock, generations: GenerationTable
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    generations.invalidate("widgets/7")
    beat(heartbeat, sent_at=clock.now)

    assert cache.find("key") is None


def test_the_age_of_a_value_counts_from_the_start_of_its_load(
    cache: LocalCache[str], clock: Clock
) -> None:
    load = cache.start_load("widgets/7")
    clock.now = 2.0
    cache.put("key", "value", load, size=5)

    assert cache.find("key") is None


def test_one_caller_renews_an_expiring_value_while_others_read_it(
    cache: LocalCache[str], clock: Clock
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 0.999
    while cache.find("key"):
        clock.now += 0.01

    assert cache.find("key") == "value"
    clock.now += 0.2
    assert cache.find("key") is None


def test_a_value_in_renewal_is_not_returned_after_an_invalidation(
    cache: LocalCache[str], clock: Clock, generations: GenerationTable
) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=5)
    clock.now = 0.999
    while cache.find("key"):
        clock.now += 0.01

    generations.invalidate("widgets/7")

    assert cache.find("key") is None


def test_the_least_recently_used_value_is_evicted(cache: LocalCache[str]) -> None:
    for key in "abc":
        cache.put(key, key, cache.start_load(key), size=6_000 - ENTRY_BYTES)
    cache.find("a")

    cache.put("d", "d", cache.start_load("d"), size=6_000 - ENTRY_BYTES)

    assert [cache.find(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_the_total_size_of_values_is_bounded(cache: LocalCache[str]) -> None:
    for key in "abc":
        cache.put(key, key, cache.start_load(key), size=9_000 - ENTRY_BYTES)

    assert (len(cache), cache.size) == (2, 18_000)
    assert cache.find("a") is None


def test_a_value_larger_than_the_cache_is_not_cached(cache: LocalCache[str]) -> None:
    cache.put("key", "value", cache.start_load("widgets/7"), size=20_001)

    assert (len(cache), cache.size) == (0, 0)


def test_a_replaced_value_counts_once(cache: LocalCache[str]) -> None:
    for size in (5, 7):
        cache.put("key", "value", cache.start_load("widgets/7"), size=size)

    assert (len(cache), cache.size) == (1, 7 + ENTRY_BYTES)


def test_nothing_is_cached_with_unshared_generations(clock: Clock) -> None:
    cache: LocalCache[str] = LocalCache(
        generations=GenerationTable.private(),
        heartbeat=Heartbeat(),
        ttl_seconds=100,
        monotonic=clock,
    )

    cache.put("key", "value", cache.start_load("widgets/7"), size=5)

    assert cache.find("key") is None
