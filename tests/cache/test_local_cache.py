from pathlib import Path

import pytest

from app.infrastructure.cache.generation_marks import GenerationMarks
from app.infrastructure.cache.local_cache import ENTRY_BYTES, LocalCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def marks(tmp_path: Path) -> GenerationMarks:
    return GenerationMarks.open(tmp_path / "some.marks")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(marks: GenerationMarks, clock: Clock) -> LocalCache[str]:
    return LocalCache(marks=marks, monotonic=clock, max_entries=3, max_bytes=20_000)


def test_a_value_is_found_until_its_subject_changes(
    cache: LocalCache[str], marks: GenerationMarks
) -> None:
    cache.put("key", "value", cache.mark("products/7"), size=5)
    assert cache.find("key") == "value"

    marks.change("products/7")

    assert cache.find("key") is None
    assert (len(cache), cache.size) == (0, 0)


def test_what_was_loaded_before_a_change_is_not_kept(
    cache: LocalCache[str], marks: GenerationMarks
) -> None:
    mark = cache.mark("products/7")
    marks.change("products/7")

    cache.put("key", "older", mark, size=5)

    assert cache.find("key") is None


def test_a_value_is_forgotten_after_two_seconds_at_most(
    cache: LocalCache[str], clock: Clock
) -> None:
    cache.put("key", "value", cache.mark("products/7"), size=5)

    clock.now = 0.999
    assert cache.find("key") == "value"
    clock.now = 2.0
    assert [cache.find("key"), cache.find("key")] == [None, None]


def test_one_renews_a_value_that_grows_old_while_the_others_still_get_it(
    cache: LocalCache[str], clock: Clock
) -> None:
    cache.put("key", "value", cache.mark("products/7"), size=5)
    clock.now = 0.999
    while cache.find("key"):
        clock.now += 0.01

    assert cache.find("key") == "value"
    clock.now += 0.2
    assert cache.find("key") is None


def test_a_value_in_renewal_is_not_given_out_once_its_subject_changes(
    cache: LocalCache[str], clock: Clock, marks: GenerationMarks
) -> None:
    cache.put("key", "value", cache.mark("products/7"), size=5)
    clock.now = 0.999
    while cache.find("key"):
        clock.now += 0.01

    marks.change("products/7")

    assert cache.find("key") is None


def test_the_least_recently_used_goes_when_there_are_too_many(cache: LocalCache[str]) -> None:
    for key in "abc":
        cache.put(key, key, cache.mark(key), size=1)
    cache.find("a")

    cache.put("d", "d", cache.mark("d"), size=1)

    assert [cache.find(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_the_bytes_of_all_values_are_bounded(cache: LocalCache[str]) -> None:
    for key in "abc":
        cache.put(key, key, cache.mark(key), size=9_000 - ENTRY_BYTES)

    assert (len(cache), cache.size) == (2, 18_000)
    assert cache.find("a") is None


def test_what_is_larger_than_the_cache_is_not_kept(cache: LocalCache[str]) -> None:
    cache.put("key", "value", cache.mark("products/7"), size=20_001)

    assert (len(cache), cache.size) == (0, 0)


def test_a_value_that_is_put_again_counts_once(cache: LocalCache[str]) -> None:
    for size in (5, 7):
        cache.put("key", "value", cache.mark("products/7"), size=size)

    assert (len(cache), cache.size) == (1, 7 + ENTRY_BYTES)


def test_nothing_is_kept_by_marks_that_nobody_shares(clock: Clock) -> None:
    cache: LocalCache[str] = LocalCache(marks=GenerationMarks.private(), monotonic=clock)

    cache.put("key", "value", cache.mark("products/7"), size=5)

    assert cache.find("key") is None
