"""All metrics of the service; one that is not declared here is discarded.

Names and units follow OpenTelemetry's semantic conventions, in the spelling of Prometheus.
Seconds and bytes are the only units.
"""

from app.infrastructure.metrics.definition import Metric, counter, gauge, histogram

# A cached read takes less than a millisecond, a request at most its timeout.
_REQUEST_SECONDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1, 2.5, 5, 10),
)
_STATEMENT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_DELAY_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
_LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

_HTTP = (
    histogram(
        "http_server_request_duration_seconds",
        "Time from a request's head to the end of its response; route is empty if none matched.",
        *("http_request_method", "http_route", "http_response_status_code"),
        buckets=_REQUEST_SECONDS,
        max_children=500,
    ),
    gauge("http_server_active_requests", "Requests that have begun and not ended."),
    counter("requests_refused_total", "Requests refused before they ran, by reason.", "reason"),
    counter("rate_limit_verdicts_total", "Decisions of the rate limiter.", "verdict"),
    gauge("admission_limit", "Requests that may run at once; measured while requests wait."),
    gauge("requests_running", "Admitted requests that have not ended; measured likewise."),
    gauge("requests_waiting", "Requests that wait for admission; measured likewise."),
)

_CACHE = (
    counter("cache_lookups_total", "Cache lookups by level and outcome.", "level", "outcome"),
    counter("cache_single_flights_total", "Loads that other requests waited for."),
    counter("cache_decode_failures_total", "Cached values that could not be decoded."),
    counter("redis_failures_total", "Failed calls to Redis, by error.", "error"),
)

_DATABASE = (
    gauge("db_client_connections", "Connections of the pool, by state.", "state"),
    gauge("db_client_connection_pending_requests", "Requests that wait for a connection."),
    gauge("db_client_connection_max", "Connections that the pools may open."),
    histogram(
        "db_client_operation_duration_seconds",
        "Duration of statements, by use case.",
        "db_operation_name",
        buckets=_STATEMENT_SECONDS,
        max_children=500,
    ),
    counter("db_client_operation_failures_total", "Failed statements, by error.", "error_type"),
)

_MESSAGING = (
    gauge("outbox_messages", "Messages in the outbox, by state.", "state", over_workers="max"),
    gauge(
        "outbox_oldest_pending_age_seconds",
        "Age of the oldest message that waits to be sent; 0 if none does.",
        over_workers="max",
    ),
    counter("relayed_messages_total", "Messages that the relay handled, by outcome.", "outcome"),
    counter("relay_failures_total", "Rounds of the relay that failed, by error.", "error"),
    counter("received_messages_total", "Received messages, by outcome.", "outcome"),
    histogram("message_handling_seconds", "Duration of handling a message.", buckets=_CALL_SECONDS),
    histogram(
        "message_lag_seconds",
        "Time from the change that a message tells of to the start of its handling.",
        buckets=_DELAY_SECONDS,
    ),
)

_AUTH = (
    counter("auth_verdicts_total", "Verdicts about bearer tokens.", "outcome"),
    histogram(
        "auth_service_request_duration_seconds",
        "Duration of calls to the auth service.",
        buckets=_CALL_SECONDS,
    ),
    gauge(
        "auth_circuit_open",
        "1 while calls to the auth service are suspended.",
        over_workers="max",
    ),
)

_PROCESS = (
    gauge(
        "dependency_up",
        "1 if the newest probe of the dependency succeeded, in all workers.",
        "dependency",
        over_workers="min",
    ),
    histogram(
        "event_loop_lag_seconds",
        "Delay of a timer of the event loop, measured once a second.",
        buckets=_LAG_SECONDS,
    ),
    counter("log_lines_total", "Lines of the log, by level.", "level"),
    counter("log_lines_lost_total", "Lines that could not be written to a log file."),
    gauge(
        "build_info",
        "Always 1; the labels say what runs.",
        *("version", "service", "python", "process"),
        over_workers="max",
    ),
    gauge("worker_processes", "Processes whose metrics this response sums."),
    gauge(
        "process_start_time_seconds",
        "Start of the newest worker, in seconds since 1970.",
        over_workers="max",
    ),
    counter("process_cpu_seconds_total", "CPU time of all workers."),
    gauge("process_resident_memory_bytes", "Resident memory of all workers."),
    gauge("process_open_fds", "Open descriptors of the worker with most.", over_workers="max"),
    gauge("process_max_fds", "Descriptors that a worker may open.", over_workers="min"),
)

METRICS: tuple[Metric, ...] = (*_HTTP, *_CACHE, *_DATABASE, *_MESSAGING, *_AUTH, *_PROCESS)

CATALOGUE: dict[str, Metric] = {metric.name: metric for metric in METRICS}
