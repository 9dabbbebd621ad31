"""Service level objectives: the share of requests is served, and served quickly."""

from dataclasses import dataclass

from devtools.monitoring.promql import JOB, or_zero, ratio, sum_rate

ERRORS, SLOWNESS = "request_errors", "slow_requests"
"""Names of the recorded ratios."""

REQUESTS = "http_server_request_duration_seconds"
AVAILABILITY = 0.999
"""Share of requests to which the service responds without an error of its own."""

LATENCY = 0.99
"""Share of requests to the API that are served within LATENCY_SECONDS."""

LATENCY_SECONDS = 0.5
"""A bucket of the histogram of durations."""

# A client causes 501 and 505. Probes of the platform are not requests of users.
SERVER_ERRORS = '=~"500|502|503|504"'
OF_USERS = '!~"/health.*"'
_OF_API = '=~"/api/.+"'


@dataclass(frozen=True)
class Burn:
    """An error budget is spent `factor` times too fast, over a long and over a short window."""

    factor: float
    long: str
    short: str


# Of the Site Reliability Workbook, chapter 5: 2 % of a month's budget in 1 h, or 5 % in 6 h; for a
# ticket 10 % in 3 days.
FAST = (Burn(14.4, "1h", "5m"), Burn(6, "6h", "30m"))
SLOW = (Burn(3, "1d", "2h"), Burn(1, "3d", "6h"))
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def error_ratio(window: str) -> str:
    """Return the share of requests that failed by the fault of the service."""
    everything = sum_rate(f"{REQUESTS}_count", "job", window=window, http_route=OF_USERS)
    failed = sum_rate(
        f"{REQUESTS}_count",
        "job",
        window=window,
        http_route=OF_USERS,
        http_response_status_code=SERVER_ERRORS,
    )
    return ratio(or_zero(failed, everything), everything)


def slow_ratio(window: str) -> str:
    """Return the share of requests to the API that took longer than LATENCY_SECONDS."""
    matchers = {"http_route": _OF_API, "http_response_status_code": '!~"5.."'}
    everything = sum_rate(f"{REQUESTS}_count", "job", window=window, **matchers)
    bucket = f'="{LATENCY_SECONDS}"'
    quick = sum_rate(f"{REQUESTS}_bucket", "job", window=window, **matchers, le=bucket)
    return f"1 - {ratio(quick, everything)}"


def recorded(name: str, window: str) -> str:
    """Return the name of a recorded ratio."""
    return f"job:{name}:ratio_rate{window}"


def burns_budget(name: str, objective: float, burns: tuple[Burn, ...]) -> str:
    """Return whether a recorded ratio exceeds one of the burn rates in both of its windows."""
    return "\nor\n".join(
        f"({_exceeds(name, burn.long, burn.factor, objective)}"
        f" and {_exceeds(name, burn.short, burn.factor, objective)})"
        for burn in burns
    )


def _exceeds(name: str, window: str, factor: float, objective: float) -> str:
    budget = round(1 - objective, 6)
    return f'{recorded(name, window)}{{job="{JOB}"}} > {factor} * {budget}'
