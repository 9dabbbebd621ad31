"""Panels about dependencies, cache, database, messages and processes."""

from devtools.monitoring.panel import Query, Row, graph
from devtools.monitoring.promql import (
    JOB,
    or_zero,
    quantile,
    ratio,
    select,
    sum_rate,
)

_LOOKUPS = sum_rate("cache_lookups_total", "level")

DEPENDENCIES = Row(
    "Dependencies",
    (
        graph(
            "Available",
            "short",
            "1 if the last probe or call succeeded. RabbitMQ, PostgreSQL, Redis and PgBouncer have"
            " dashboards of their own.",
            Query(f"min by (dependency) ({select('dependency_up')})", "{{dependency}}"),
        ),
        graph(
            "Tokens",
            "reqps",
            "Verdicts about bearer tokens.",
            Query(sum_rate("auth_verdicts_total", "outcome"), "{{outcome}}"),
        ),
        graph(
            "Auth service",
            "s",
            "Duration of its calls; the circuit is 1 while calls are suspended.",
            Query(quantile(0.5, "auth_service_request_duration_seconds"), "p50"),
            Query(quantile(0.95, "auth_service_request_duration_seconds"), "p95"),
            Query(f"max({select('auth_circuit_open')})", "circuit open"),
        ),
        graph(
            "Failed calls",
            "ops",
            "Calls to Redis, by error, and rounds of the relay.",
            Query(sum_rate("redis_failures_total", "error"), "Redis: {{error}}"),
            Query(f"{sum_rate('relay_failures_total')} or vector(0)", "relay"),
        ),
    ),
)

CACHE = Row(
    "Cache",
    (
        graph(
            "Hits",
            "percentunit",
            "Share of the lookups that found a value: in this process, and in Redis.",
            Query(
                ratio(
                    or_zero(sum_rate("cache_lookups_total", "level", outcome='="hit"'), _LOOKUPS),
                    _LOOKUPS,
                ),
                "{{level}}",
            ),
        ),
        graph(
            "Lookups",
            "ops",
            "By level.",
            Query(_LOOKUPS, "{{level}}"),
        ),
        graph(
            "Shared loads and invalid values",
            "ops",
            "Loads that other requests waited for, and cached values that could not be decoded.",
            Query(sum_rate("cache_single_flights_total"), "shared loads"),
            Query(sum_rate("cache_decode_failures_total"), "invalid values"),
        ),
    ),
)

DATABASE = Row(
    "Database",
    (
        graph(
            "Connections",
            "short",
            "Of all pools. Requests that wait for one show a pool that is too small, or statements"
            " that are too slow.",
            Query(f"sum by (state) ({select('db_client_connections')})", "{{state}}"),
            Query(f"sum({select('db_client_connection_max')})", "max"),
            Query(f"sum({select('db_client_connection_pending_requests')})", "waiting requests"),
        ),
        graph(
            "Statements by use case (p95)",
            "s",
            "A use case that is slow alone points to its statement.",
            Query(
                quantile(0.95, "db_client_operation_duration_seconds", "db_operation_name"),
                "{{db_operation_name}}",
            ),
        ),
        graph(
            "Statements by use case",
            "ops",
            "Statements a second.",
            Query(
                sum_rate("db_client_operation_duration_seconds_count", "db_operation_name"),
                "{{db_operation_name}}",
            ),
        ),
        graph(
            "Failed statements",
            "ops",
            "By error.",
            Query(sum_rate("db_client_operation_failures_total", "error_type"), "{{error_type}}"),
        ),
    ),
)

MESSAGES = Row(
    "Messages",
    (
        graph(
            "Outbox",
            "short",
            "Messages that wait to be sent, and those that are given up.",
            Query(f"max by (state) ({select('outbox_messages')})", "{{state}}"),
        ),
        graph(
            "Oldest message in the outbox",
            "s",
            "Time for which it waits.",
            Query(f"max({select('outbox_oldest_pending_age_seconds')})", "age"),
        ),
        graph(
            "Sent",
            "ops",
            "By outcome: published, or refused by the broker or the destination.",
            Query(sum_rate("relayed_messages_total", "outcome"), "{{outcome}}"),
        ),
        graph(
            "Received",
            "ops",
            "By outcome. Parked messages are in the dead queue.",
            Query(sum_rate("received_messages_total", "outcome"), "{{outcome}}"),
        ),
        graph(
            "Handling (p95)",
            "s",
            "Duration of handling a message, and its age when handling begins.",
            Query(quantile(0.95, "message_handling_seconds"), "handling"),
            Query(quantile(0.95, "message_lag_seconds"), "lag"),
        ),
    ),
)

PROCESSES = Row(
    "Processes",
    (
        graph(
            "Versions",
            "short",
            "Processes by kind and version.",
            Query(
                f"count by (process, version) ({select('build_info')})", "{{process}} {{version}}"
            ),
        ),
        graph(
            "Workers and restarts",
            "short",
            "Worker processes, and restarts within 15 minutes.",
            Query(f"sum by (instance) ({select('worker_processes')})", "{{instance}}"),
            Query(
                f"sum(changes({select('process_start_time_seconds')}[15m]))", "restarts in 15 min"
            ),
        ),
        graph(
            "CPU",
            "short",
            "Cores in use.",
            Query(sum_rate("process_cpu_seconds_total", "instance"), "{{instance}}"),
        ),
        graph(
            "Memory",
            "bytes",
            "Resident memory.",
            Query(f"sum by (instance) ({select('process_resident_memory_bytes')})", "{{instance}}"),
        ),
        graph(
            "Open files",
            "percentunit",
            "Share of the descriptors that a process may open.",
            Query(f"{select('process_open_fds')} / {select('process_max_fds')}", "{{instance}}"),
        ),
        graph(
            "Event loop lag (p99)",
            "s",
            "Code that blocks the event loop delays every request of its process.",
            Query(quantile(0.99, "event_loop_lag_seconds", "instance"), "{{instance}}"),
        ),
        graph(
            "Log lines",
            "ops",
            "By level; lost lines could not be written to a file.",
            Query(sum_rate("log_lines_total", "level"), "{{level}}"),
            Query(sum_rate("log_lines_lost_total"), "lost"),
        ),
        graph(
            "Scrapes",
            "s",
            "Duration of a scrape of each process.",
            Query(f'scrape_duration_seconds{{job="{JOB}"}}', "{{instance}}"),
        ),
    ),
)
