import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.types import Scope

from app.infrastructure.metrics.request_metrics import KNOWN_METHODS, RequestMetrics
from app.middleware.route_template import route_template
from app.ports.metrics import Histogram

Endpoint = Callable[..., Any]


def record_duration(
    requests: RequestMetrics, scope: Scope, method: str, status: int, seconds: float
) -> None:
    """Count and time a request that has ended; `scope` is the one that routing has seen.

    `method` is that of the client. Without a response the status is 0.
    """
    endpoint = scope.get("endpoint")
    status = status or _status_without_response()
    found = requests.durations.get((method, endpoint, status))
    if found is None:
        found = _find_histogram(requests, scope, endpoint, method, status)
    found.observe(seconds)
    if seconds >= requests.slow.threshold_seconds:
        route = route_template(scope).path or "a path without a route"
        requests.slow.warn(f"{method if method in KNOWN_METHODS else '?'} {route}", seconds)


def _find_histogram(
    requests: RequestMetrics, scope: Scope, endpoint: Endpoint | None, method: str, status: int
) -> Histogram:
    route = route_template(scope)
    found = requests.histogram(method, route.path, status)
    if route.is_only_one and method in KNOWN_METHODS:
        requests.durations[method, endpoint, status] = found
    return found


def _status_without_response() -> int:
    """Return 500 while an error is passed on, for which Starlette responds; else 0."""
    is_error = isinstance(sys.exception(), Exception)
    return HTTPStatus.INTERNAL_SERVER_ERROR if is_error else 0
