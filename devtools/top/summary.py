"""Summarise what happened between two readings of the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.infrastructure.metrics.interval import Families, Interval
from devtools.monitoring.objectives import REQUESTS

_METHOD, _ROUTE, _STATUS = "http_request_method", "http_route", "http_response_status_code"
_FAILURES = ("500", "502", "503", "504")


@dataclass(frozen=True)
class Route:
    method: str
    route: str
    """Empty if none matched."""

    per_second: float
    failed_share: float | None
    p95_seconds: float | None


@dataclass(frozen=True)
class Summary:
    """Rates are those of the time between the readings; None means that nothing happened."""

    requests_per_second: float
    failed_share: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    in_progress: float
    refused_per_second: dict[str, float]
    routes: list[Route]
    cache_hit_share: dict[str, float]
    pool: dict[str, float]
    outbox: dict[str, float]
    sent_per_second: dict[str, float]
    received_per_second: dict[str, float]
    dependencies: dict[str, bool]
    processes: list[str]


def summarise(earlier: Families, later: Families, *, seconds: float) -> Summary:
    interval = Interval(earlier, later, seconds=seconds)
    return Summary(
        requests_per_second=interval.rate(REQUESTS),
        failed_share=_failed_share(interval),
        p50_seconds=interval.quantile(REQUESTS, 0.5),
        p95_seconds=interval.quantile(REQUESTS, 0.95),
        p99_seconds=interval.quantile(REQUESTS, 0.99),
        in_progress=interval.gauge("http_server_active_requests") or 0,
        refused_per_second=_rates(interval, "requests_refused_total", "reason"),
        routes=[_route(interval, *names) for names in interval.labels(REQUESTS, _METHOD, _ROUTE)],
        cache_hit_share=_cache_hit_share(interval),
        pool={
            **_values(later, "db_client_connections"),
            "max": interval.gauge("db_client_connection_max") or 0,
            "waiting": interval.gauge("db_client_connection_pending_requests") or 0,
        },
        outbox={
            **_values(later, "outbox_messages"),
            "oldest_seconds": interval.gauge("outbox_oldest_pending_age_seconds") or 0,
        },
        sent_per_second=_rates(interval, "relayed_messages_total", "outcome"),
        received_per_second=_rates(interval, "received_messages_total", "outcome"),
        dependencies={name: up == 1 for name, up in _values(later, "dependency_up").items()},
        processes=[
            f"{process} {version}" for version, _, _, process in sorted(later.get("build_info", ()))
        ],
    )


def _route(interval: Interval, method: str, route: str) -> Route:
    matching = {_METHOD: method, _ROUTE: route}
    return Route(
        method=method,
        route=route,
        per_second=interval.rate(REQUESTS, **matching),
        failed_share=_failed_share(interval, **matching),
        p95_seconds=interval.quantile(REQUESTS, 0.95, **matching),
    )


def _failed_share(interval: Interval, **matching: str) -> float | None:
    """Return the share of the service's own failures."""
    shares = [interval.share(REQUESTS, {_STATUS: status}, **matching) for status in _FAILURES]
    return sum(share for share in shares if share is not None) if shares[0] is not None else None


def _cache_hit_share(interval: Interval) -> dict[str, float]:
    shares = {
        level: interval.share("cache_lookups_total", {"outcome": "hit"}, level=level)
        for (level,) in interval.labels("cache_lookups_total", "level")
    }
    return {level: share for level, share in sorted(shares.items()) if share is not None}


def _rates(interval: Interval, name: str, label: str) -> dict[str, float]:
    return {
        value: interval.rate(name, **{label: value})
        for (value,) in sorted(interval.labels(name, label))
    }


def _values(families: Families, name: str) -> Mapping[str, float]:
    """Return the values of a metric with one label."""
    return {label: values[0] for (label,), values in sorted(families.get(name, {}).items())}
