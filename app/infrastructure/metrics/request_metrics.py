"""Durations of HTTP requests, and the requests that are in flight."""

from collections.abc import Hashable

from app.infrastructure.logging.slow_work import SlowWork
from app.ports.metrics import Histogram, Metrics

# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
KNOWN_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
OTHER_METHOD = "_OTHER"
NO_ROUTE = ""

# Method, endpoint or None, status.
RequestKind = tuple[str, Hashable, int]


class RequestMetrics:
    """Counts and times requests; what clients send becomes no label value.

    `durations` has the histogram of each kind of request that has occurred: the caller finds it
    there, because a call would cost more.
    """

    def __init__(self, *, metrics: Metrics, slow: SlowWork) -> None:
        self._metrics = metrics
        self.slow = slow
        self.active = 0
        self.durations: dict[RequestKind, Histogram] = {}
        gauge = metrics.gauge("http_server_active_requests")
        metrics.add_sampler(lambda: gauge.set(self.active))

    def histogram(self, method: str, route: str, status: int) -> Histogram:
        """Return the histogram of a kind of request; status 0 stands for no response."""
        return self._metrics.histogram(
            "http_server_request_duration_seconds",
            http_request_method=method if method in KNOWN_METHODS else OTHER_METHOD,
            http_route=route,
            http_response_status_code=str(status) if status else "",
        )

    def record_refusal(self, method: str, status: int, *, seconds: float = 0.0) -> None:
        """Record a request that was refused before the application has seen it."""
        found = self.durations.get((method, None, status))
        if found is None:
            found = self.histogram(method, NO_ROUTE, status)
            if method in KNOWN_METHODS:
                self.durations[method, None, status] = found
        found.observe(seconds)

    def count_refusal(self, reason: str) -> None:
        self._metrics.increment("requests_refused_total", reason=reason)
