"""Panels about what the users of the service feel first."""

from devtools.monitoring.objectives import (
    AVAILABILITY,
    LATENCY,
    LATENCY_SECONDS,
    OF_USERS,
    REQUESTS,
    SERVER_ERRORS,
    error_ratio,
    slow_ratio,
)
from devtools.monitoring.panel import Query, Row, graph, number
from devtools.monitoring.promql import (
    JOB,
    or_zero,
    quantile,
    rate,
    ratio,
    select,
    sum_rate,
    total,
)

_COUNT = f"{REQUESTS}_count"
_ALL = sum_rate(_COUNT, http_route=OF_USERS)
_BY_ROUTE = ("http_request_method", "http_route")
_ROUTE = "{{http_request_method}} {{http_route}}"
_VERSIONS = f"max by (instance, version) ({select('build_info')})"


def _by_version(expression: str) -> str:
    """Label the series of an instance with the version that it runs."""
    summed = total(expression, "instance", of=_COUNT)
    return f"{summed} * on (instance) group_left (version) {_VERSIONS}"


_FAILED_BY_VERSION = _by_version(
    rate(_COUNT, http_route=OF_USERS, http_response_status_code=SERVER_ERRORS)
)
_ALL_BY_VERSION = _by_version(rate(_COUNT, http_route=OF_USERS))

SUMMARY = Row(
    "Now",
    (
        number("Requests", "reqps", "Requests a second, without health checks.", _ALL),
        number(
            "Failed",
            "percentunit",
            f"Share of the requests that the service failed (500, 502, 503, 504), in 5 minutes."
            f" The objective allows {1 - AVAILABILITY:.1%}.",
            error_ratio("5m"),
        ),
        number(
            "Slow",
            "percentunit",
            f"Share of the requests that took over {LATENCY_SECONDS} s, in 5 minutes."
            f" The objective allows {1 - LATENCY:.0%}.",
            slow_ratio("5m"),
        ),
        number(
            "p95",
            "s",
            "95 % of the requests take less.",
            quantile(0.95, REQUESTS, http_route=OF_USERS),
        ),
        number(
            "Alerts",
            "short",
            "Alerts of this service that fire.",
            f'count(ALERTS{{job="{JOB}", alertstate="firing"}}) or vector(0)',
        ),
        number(
            "Processes",
            "short",
            "API instances, relays and consumers that Prometheus reaches.",
            f'sum(up{{job="{JOB}"}})',
        ),
    ),
)

USERS = Row(
    "What users feel",
    (
        graph(
            "Requests by route",
            "reqps",
            "No route: a path that does not exist, or a request that was refused before routing.",
            Query(sum_rate(_COUNT, *_BY_ROUTE), _ROUTE),
        ),
        graph(
            "Responses by status",
            "reqps",
            "5xx are failures of the service; 429 and 503 `overloaded` are refusals.",
            Query(
                sum_rate(_COUNT, "http_response_status_code", http_route=OF_USERS),
                "{{http_response_status_code}}",
            ),
        ),
        graph(
            "Failed by route",
            "percentunit",
            "Share of the requests of a route that the service failed.",
            Query(
                ratio(
                    or_zero(
                        sum_rate(_COUNT, *_BY_ROUTE, http_response_status_code=SERVER_ERRORS),
                        sum_rate(_COUNT, *_BY_ROUTE),
                    ),
                    sum_rate(_COUNT, *_BY_ROUTE),
                ),
                _ROUTE,
            ),
        ),
        graph(
            "Latency",
            "s",
            "Of requests without health checks.",
            *(
                Query(quantile(share, REQUESTS, http_route=OF_USERS), f"p{share * 100:g}")
                for share in (0.5, 0.95, 0.99)
            ),
        ),
        graph(
            "Latency by route (p95)",
            "s",
            "A route that is slow alone points to its statements.",
            Query(quantile(0.95, REQUESTS, *_BY_ROUTE), _ROUTE),
        ),
        graph(
            "Failed by instance and version",
            "percentunit",
            "One bad deployment shows as one version.",
            Query(
                ratio(or_zero(_FAILED_BY_VERSION, _ALL_BY_VERSION), _ALL_BY_VERSION),
                "{{instance}} {{version}}",
            ),
        ),
        graph(
            "Latency by instance (p95)",
            "s",
            "Instances of one version should not differ.",
            Query(quantile(0.95, REQUESTS, "instance", http_route=OF_USERS), "{{instance}}"),
        ),
        graph(
            "Refused",
            "reqps",
            "Refused before they ran: overload, or invalid HTTP.",
            Query(sum_rate("requests_refused_total", "reason"), "{{reason}}"),
        ),
        graph(
            "Rate limit",
            "reqps",
            "Verdicts of the rate limiter; `refused` are 429.",
            Query(sum_rate("rate_limit_verdicts_total", "verdict"), "{{verdict}}"),
        ),
        graph(
            "Requests in progress",
            "short",
            "While requests wait, `limit` is what the workers can run at once.",
            Query(f"sum({select('http_server_active_requests')})", "in progress"),
            Query(f"sum({select('requests_running')})", "admitted"),
            Query(f"sum({select('requests_waiting')})", "waiting"),
            Query(f"sum({select('admission_limit')})", "limit"),
        ),
    ),
)
