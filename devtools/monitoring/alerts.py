"""The alerts of this service. Each has a row in docs/OPERATIONS.md that says what to do.

Those on PostgreSQL, Redis, RabbitMQ and PgBouncer themselves come with their exporters.
"""

import app
from devtools.monitoring import objectives
from devtools.monitoring.alert import Alert
from devtools.monitoring.objectives import AVAILABILITY, ERRORS, FAST, LATENCY, SLOW, SLOWNESS
from devtools.monitoring.promql import JOB, rate, select, sum_rate

_TITLE = app.__title__
_SHARE = "{{ $value | humanizePercentage }}"

_DATABASE_UP = select("dependency_up", dependency='="database"')
_OTHERS_UP = select("dependency_up", dependency='!="database"')
_WAITING = select("db_client_connection_pending_requests")
_OLDEST = select("outbox_oldest_pending_age_seconds")
_DEAD = select("outbox_messages", state='="dead"')
_PARKED = select("received_messages_total", outcome='="parked"')
_SCRAPED = f'up{{job="{JOB}"}}'
_OVERLOAD = sum_rate("requests_refused_total", "job", window="5m", reason='="overload"')

_OBJECTIVES = (
    Alert(
        name="ErrorBudgetBurnsFast",
        expression=objectives.burns_budget(ERRORS, AVAILABILITY, FAST),
        holds_for="2m",
        severity="page",
        summary=f"{_TITLE}: {_SHARE} of the requests fail.",
    ),
    Alert(
        name="ErrorBudgetBurnsSlowly",
        expression=objectives.burns_budget(ERRORS, AVAILABILITY, SLOW),
        holds_for="15m",
        severity="ticket",
        summary=f"{_TITLE}: {_SHARE} of the requests fail, more than the objective allows.",
    ),
    Alert(
        name="LatencyBudgetBurnsFast",
        expression=objectives.burns_budget(SLOWNESS, LATENCY, FAST),
        holds_for="2m",
        severity="page",
        summary=f"{_TITLE}: {_SHARE} of the requests take over {objectives.LATENCY_SECONDS} s.",
    ),
    Alert(
        name="LatencyBudgetBurnsSlowly",
        expression=objectives.burns_budget(SLOWNESS, LATENCY, SLOW),
        holds_for="15m",
        severity="ticket",
        summary=f"{_TITLE}: {_SHARE} of the requests take over {objectives.LATENCY_SECONDS} s,"
        " more than the objective allows.",
    ),
)

_DEPENDENCIES = (
    Alert(
        name="DatabaseUnavailable",
        expression=f"{_DATABASE_UP} == 0",
        holds_for="1m",
        severity="page",
        summary=f"{_TITLE}: {{{{ $labels.instance }}}} has no database.",
    ),
    Alert(
        name="DependencyUnavailable",
        expression=f"{_OTHERS_UP} == 0",
        holds_for="5m",
        severity="ticket",
        summary=f"{_TITLE}: {{{{ $labels.instance }}}} is degraded without"
        " {{ $labels.dependency }}.",
    ),
    Alert(
        name="PoolExhausted",
        expression=f"min_over_time({_WAITING}[2m]) > 0",
        holds_for="3m",
        severity="page",
        summary=f"{_TITLE}: requests of {{{{ $labels.instance }}}} wait for a connection.",
    ),
)

_MESSAGES = (
    Alert(
        name="OutboxOld",
        expression=f"max by (job) ({_OLDEST}) > 300",
        holds_for="5m",
        severity="ticket",
        summary=f"{_TITLE}: a message waits to be sent since {{{{ $value | humanizeDuration }}}}.",
    ),
    Alert(
        name="MessagesDead",
        expression=f"max by (job) ({_DEAD}) > 0",
        holds_for="1m",
        severity="ticket",
        summary=f"{_TITLE}: {{{{ $value }}}} messages are dead and not sent any more.",
    ),
    Alert(
        name="MessagesParked",
        expression=f"sum by (job) (increase({_PARKED}[15m]) > 0\n"
        # The first message makes the series, which has no increase then.
        f"  or ({_PARKED} > 0 unless {_PARKED} offset 15m))",
        holds_for="0m",
        severity="ticket",
        summary=f"{_TITLE}: {{{{ $value | humanize }}}} received messages were moved to the dead"
        " queue.",
    ),
)

_PROCESSES = (
    Alert(
        name="ProcessUnreachable",
        expression=f"{_SCRAPED} == 0 or absent({_SCRAPED})",
        holds_for="2m",
        severity="page",
        summary=f"{_TITLE}: Prometheus cannot scrape {{{{ $labels.instance }}}}.",
    ),
    Alert(
        name="RestartLoop",
        expression=f"changes({select('process_start_time_seconds')}[15m]) > 5",
        holds_for="0m",
        severity="page",
        summary=f"{_TITLE}: processes of {{{{ $labels.instance }}}} restart again and again.",
    ),
    Alert(
        name="Overloaded",
        expression=f"{_OVERLOAD} > 0",
        holds_for="5m",
        severity="page",
        summary=f"{_TITLE}: {{{{ $value | humanize }}}} requests a second are refused as"
        " overloaded.",
    ),
    Alert(
        name="LogLinesLost",
        expression=f"{rate('log_lines_lost_total', '10m')} > 0",
        holds_for="0m",
        severity="ticket",
        summary=f"{_TITLE}: {{{{ $labels.instance }}}} cannot write its log files.",
    ),
)

ALERTS = (*_OBJECTIVES, *_DEPENDENCIES, *_MESSAGES, *_PROCESSES)
