"""Count what is counted elsewhere, without a call of the metrics at each event."""

from collections.abc import Callable

from app.ports.metrics import Counter, Metrics


def count_by_sampling(metrics: Metrics, counter: Counter, read: Callable[[], int]) -> None:
    """Add to the counter what the number that `read` returns has grown by."""
    counted = 0

    def sample() -> None:
        nonlocal counted
        value = read()
        if value > counted:
            counter.add(value - counted)
            counted = value

    metrics.add_sampler(sample)
