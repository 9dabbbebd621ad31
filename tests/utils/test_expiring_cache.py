from app.utils.expiring_cache import ExpiringCache


def test_an_entry_is_found_until_it_expires() -> None:
    moments = iter([0.0, 9.9, 10.0])
    cache: ExpiringCache[str, int] = ExpiringCache(max_entries=2, monotonic=lambda: next(moments))
    cache.put("a", 1, seconds=10)

    assert (cache.find("a"), cache.find("a"), cache.find("a")) == (1, None, None)
    assert len(cache) == 0


def test_an_expired_entry_is_not_stored() -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(max_entries=2, monotonic=lambda: 0)

    cache.put("a", 1, seconds=0)
    cache.put("b", 1, seconds=-1)

    assert len(cache) == 0


def test_the_least_recently_used_entry_is_evicted() -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(max_entries=2, monotonic=lambda: 0)
    cache.put("a", 1, seconds=1)
    cache.put("b", 2, seconds=1)
    cache.find("a")

    cache.put("c", 3, seconds=1)

    assert (cache.find("a"), cache.find("b"), cache.find("c")) == (1, None, 3)


def test_the_number_of_entries_is_bounded() -> None:
    cache: ExpiringCache[int, int] = ExpiringCache(max_entries=10, monotonic=lambda: 0)

    for number in range(1000):
        cache.put(number % 37, number, seconds=1)

    assert len(cache) == 10
