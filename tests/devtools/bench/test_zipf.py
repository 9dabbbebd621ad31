from collections import Counter

from devtools.bench.zipf import zipf_ids


def test_the_second_id_is_requested_half_as_often_as_the_first() -> None:
    counts = Counter(zipf_ids(11, 1000, length=20_000))

    assert 1.8 < counts["11"] / counts["12"] < 2.2
    assert 2.7 < counts["11"] / counts["13"] < 3.3


def test_only_the_given_ids_are_requested() -> None:
    assert set(zipf_ids(11, 2, length=100)) == {"11", "12"}
