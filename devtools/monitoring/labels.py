"""Explanations of the labels of the metrics; OPERATIONS.md shows them as a table.

Each label of the catalogue has exactly one row for each metric that has it. Tests compare the
values with those that the code counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    name: str
    metrics: tuple[str, ...]
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """All values with their explanations, which may be empty; none if they are not fixed."""


_REQUESTS = "http_server_request_duration_seconds"

LABELS = (
    Label(
        name="http_request_method",
        metrics=(_REQUESTS,),
        text="a method of HTTP; `_OTHER` for an unknown one",
    ),
    Label(
        name="http_route",
        metrics=(_REQUESTS,),
        text=(
            "the path template; empty if no route has the path, and for requests that were"
            " refused before routing: 413, 429, overload, and what is not valid HTTP"
        ),
    ),
    Label(
        name="http_response_status_code",
        metrics=(_REQUESTS,),
        text="the status; empty if the client left before the response began",
    ),
    Label(
        name="reason",
        metrics=("requests_refused_total",),
        values={
            "overload": "",
            "rate_limit": "",
            "parser": "not valid HTTP, or too large",
            "slow": "the headers did not arrive in time",
            "connections": "too many",
        },
    ),
    Label(
        name="verdict",
        metrics=("rate_limit_verdicts_total",),
        values={
            "allowed": "",
            "refused": "",
            "unchecked": "allowed by this process alone, while Redis was unavailable",
        },
    ),
    Label(
        name="level",
        metrics=("cache_lookups_total",),
        values={"process": "rendered responses", "shared": "Redis"},
    ),
    Label(
        name="outcome",
        metrics=("cache_lookups_total",),
        values={"hit": "", "miss": "", "unavailable": "in the `shared` cache only"},
    ),
    Label(
        name="error",
        metrics=("redis_failures_total", "relay_failures_total"),
        text="the class of the error, such as `ConnectionError`",
    ),
    Label(
        name="state",
        metrics=("db_client_connections",),
        values={"used": "", "idle": ""},
    ),
    Label(
        name="db_operation_name",
        metrics=("db_client_operation_duration_seconds",),
        text=(
            "the method of the repository that runs the statement, such as"
            " `PostgresOrderRepository.list`; `BEGIN`, `COMMIT`, `ROLLBACK`"
        ),
    ),
    Label(
        name="error_type",
        metrics=("db_client_operation_failures_total",),
        text=(
            "the class of the error, such as `QueryCanceledError`; `DatabaseBusyError`: there"
            " was no connection"
        ),
    ),
    Label(
        name="state",
        metrics=("outbox_messages",),
        values={"pending": "", "dead": "refused ten times"},
    ),
    Label(
        name="outcome",
        metrics=("relayed_messages_total",),
        values={
            "published": "",
            "refused": "by the broker; it is repeated",
            "unknown": "not confirmed; it is repeated",
            "dead": "refused ten times",
        },
    ),
    Label(
        name="outcome",
        metrics=("received_messages_total",),
        values={
            "handled": "",
            "duplicate": "",
            "ignored": "no handler wants it",
            "retried": "",
            "parked": "in the dead queue",
            "set_aside": "at the end of its queue, during an outage",
        },
    ),
    Label(
        name="outcome",
        metrics=("auth_verdicts_total",),
        text="Cached verdicts are not counted",
        values={
            "accepted": "",
            "refused": "",
            "unusable": "accepted, but without a usable user or role",
            "unavailable": "the auth service sent no usable response",
            "invalid": "not signed for this service, or expired; the auth service was not called",
        },
    ),
    Label(
        name="dependency",
        metrics=("dependency_up",),
        text="Only what is configured",
        values={"database": "", "cache": "", "messaging": "", "auth": ""},
    ),
    Label(
        name="level",
        metrics=("log_lines_total",),
        values=dict.fromkeys(("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "_OTHER"), ""),
    ),
    Label(name="version", metrics=("build_info",), text="`APP_VERSION`"),
    Label(name="service", metrics=("build_info",), text="`SERVICE_NAME`"),
    Label(name="python", metrics=("build_info",), text="version of Python"),
    Label(
        name="process",
        metrics=("build_info",),
        values={"api": "", "relay": "", "consumer": ""},
    ),
)

FIXED_VALUES = {
    (metric, label.name): frozenset(label.values)
    for label in LABELS
    if label.values
    for metric in label.metrics
}
"""The only values of some labels, by metric and label."""
