"""IDs as real traffic requests them: the r-th most frequent with a probability of 1/r (Zipf)."""

from bisect import bisect
from itertools import accumulate
from random import Random


def zipf_ids(first: int, count: int, *, length: int) -> tuple[str, ...]:
    """Draw `length` of the `count` IDs from `first` on, the same ones in every run."""
    weights = list(accumulate(1 / rank for rank in range(1, count + 1)))
    random = Random(1)  # noqa: S311 - no secret
    return tuple(str(first + bisect(weights, random.random() * weights[-1])) for _ in range(length))
