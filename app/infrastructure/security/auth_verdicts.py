from collections.abc import Iterator
from contextlib import contextmanager

from app.exceptions.shared.security_exceptions import (
    AccountNotUsableError,
    AuthUnavailableError,
    InvalidTokenError,
)
from app.ports.metrics import Metrics

INVALID = "invalid"
"""Not signed for this service, or expired: the auth service was not called."""

_OUTCOMES: dict[type[Exception], str] = {
    InvalidTokenError: "refused",
    AccountNotUsableError: "unusable",
    AuthUnavailableError: "unavailable",
}


@contextmanager
def count_verdict(metrics: Metrics) -> Iterator[None]:
    """Count the verdict of the auth service about one token."""
    try:
        yield
    except tuple(_OUTCOMES) as error:
        count_outcome(metrics, _OUTCOMES[type(error)])
        raise
    count_outcome(metrics, "accepted")


def count_outcome(metrics: Metrics, outcome: str) -> None:
    metrics.increment("auth_verdicts_total", outcome=outcome)
