"""A page that shows what the service does now, without any other server."""

from collections.abc import Iterator
from html import escape
from time import time

from app.infrastructure.metrics.collecting import Family
from app.infrastructure.metrics.interval import Families, Interval

REFRESH_SECONDS = 2
WINDOW_SECONDS = 5.0
MAX_ROUTES = 20

_REQUESTS = "http_server_request_duration_seconds"
_QUANTILES = (0.5, 0.95, 0.99)
_NOTHING = "-"

_STYLE = """
body { font: 15px system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 0 0 1.5rem }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; font-variant-numeric: tabular-nums }
th:first-child, td:first-child { text-align: left }
th { font-weight: 600; border-bottom: 1px solid #bbb }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616 } }
"""

Row = tuple[str, ...]


class OverviewPage:
    """Compares the newest reading with one of some seconds ago, or when the page was last shown."""

    def __init__(self, *, title: str) -> None:
        self._title = title
        self._readings: list[tuple[float, Families]] = []

    def render(self, families: dict[str, Family], *, now: float) -> str:
        earlier_at, earlier = next(
            (each for each in reversed(self._readings) if now - each[0] >= WINDOW_SECONDS),
            self._readings[0] if self._readings else (now, families),
        )
        self._keep(families, now)
        interval = Interval(earlier, families, seconds=max(now - earlier_at, 0.001))
        tables = "".join(_table(*each) for each in _tables(interval))
        title = escape(self._title)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
            f"<p>All workers, in the last {interval.seconds:.0f} s."
            ' <a href="metrics">metrics</a></p>'
            f"{tables}</body></html>"
        )

    def _keep(self, families: Families, now: float) -> None:
        if not self._readings or now - self._readings[-1][0] >= WINDOW_SECONDS:
            self._readings = [*self._readings[-1:], (now, families)]


def _tables(interval: Interval) -> Iterator[tuple[Row, list[Row]]]:
    header = ("Requests", "per s", "5xx", "p50", "p95", "p99")
    yield header, [_request_row(interval, "all"), *_routes(interval)]
    yield ("Service", ""), [row for row in _service_rows(interval) if row[1] != _NOTHING]
    if rows := list(_dependencies(interval)):
        yield ("Dependencies", ""), rows


def _routes(interval: Interval) -> Iterator[Row]:
    labels = ("http_request_method", "http_route")
    for method, route in interval.labels(_REQUESTS, *labels)[:MAX_ROUTES]:
        name = f"{method} {route or '(no route)'}"
        yield _request_row(interval, name, http_request_method=method, http_route=route)


def _request_row(interval: Interval, name: str, **wanted: str) -> Row:
    return (
        name,
        f"{interval.rate(_REQUESTS, **wanted):.1f}",
        _percent(interval.share(_REQUESTS, {"http_response_status_code": "5*"}, **wanted)),
        *(_duration(interval.quantile(_REQUESTS, each, **wanted)) for each in _QUANTILES),
    )


def _service_rows(interval: Interval) -> Iterator[Row]:
    yield "requests running", _number(interval.gauge("http_server_active_requests"))
    yield "refused, per s", f"{interval.rate('requests_refused_total'):.1f}"
    for level in ("process", "shared"):
        share = interval.share("cache_lookups_total", {"outcome": "hit"}, level=level)
        yield f"cache hits, {level}", _percent(share)
    for state in ("used", "idle"):
        count = interval.gauge("db_client_connections", state=state)
        yield f"database connections, {state}", _number(count)
    for state in ("pending", "dead"):
        yield f"outbox, {state}", _number(interval.gauge("outbox_messages", state=state))
    yield "outbox, oldest", _duration(interval.gauge("outbox_oldest_pending_age_seconds"))
    yield "messages published, per s", f"{interval.rate('relayed_messages_total'):.1f}"
    yield "messages received, per s", f"{interval.rate('received_messages_total'):.1f}"
    yield "event loop lag, p99", _duration(interval.quantile("event_loop_lag_seconds", 0.99))
    yield "workers", _number(interval.gauge("worker_processes"))
    yield "CPU", _percent(interval.rate("process_cpu_seconds_total"))
    memory = interval.gauge("process_resident_memory_bytes")
    yield "memory", _NOTHING if memory is None else f"{memory / 2**20:.0f} MiB"
    started = interval.gauge("process_start_time_seconds")
    yield "newest worker started", _NOTHING if started is None else _ago(max(0.0, time() - started))


def _dependencies(interval: Interval) -> Iterator[Row]:
    for name in ("database", "cache", "messaging", "auth"):
        is_up = interval.gauge("dependency_up", dependency=name)
        if is_up is not None:
            yield name, "up" if is_up else "DOWN"


def _table(header: Row, rows: list[Row]) -> str:
    cells = [_cells("th", header), *(_cells("td", row) for row in rows)]
    return f"<table>{''.join(cells)}</table>"


def _cells(tag: str, row: Row) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.1%}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return _NOTHING
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f}"


def _ago(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h ago" if seconds >= 3600 else f"{seconds / 60:.0f} min ago"  # noqa: PLR2004
