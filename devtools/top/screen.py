"""Show a summary on a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from devtools.top.summary import Route, Summary

_LIMIT_OF_ROUTES = 15
_NOTHING = "–"  # noqa: RUF001 - a dash


def render(summary: Summary) -> RenderableType:
    return Group(_facts(summary), Text(), _routes(summary.routes))


def _facts(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    for name, text in _lines(summary):
        table.add_row(name, text)
    return table


def _lines(summary: Summary) -> Iterator[tuple[str, Text]]:
    quantiles = (summary.p50_seconds, summary.p95_seconds, summary.p99_seconds)
    yield (
        "Requests",
        Text(f"{summary.requests_per_second:.1f}/s, {summary.in_progress:.0f} in progress"),
    )
    yield "Failed", _warn(_share(summary.failed_share), is_bad=bool(summary.failed_share))
    yield "Latency", Text("p50 {}  p95 {}  p99 {}".format(*map(_duration, quantiles)))
    refused = _pairs(summary.refused_per_second, "/s")
    yield "Refused", _warn(refused, is_bad=any(summary.refused_per_second.values()))
    yield (
        "Cache hits",
        Text(
            "  ".join(f"{level} {_share(hits)}" for level, hits in summary.cache_hit_share.items())
            or _NOTHING
        ),
    )
    yield "Pool", _warn(_pairs(summary.pool), is_bad=summary.pool["waiting"] > 0)
    yield "Outbox", _warn(_pairs(summary.outbox), is_bad=summary.outbox.get("dead", 0) > 0)
    yield "Sent", Text(_pairs(summary.sent_per_second, "/s"))
    yield "Received", Text(_pairs(summary.received_per_second, "/s"))
    down = [name for name, is_up in summary.dependencies.items() if not is_up]
    yield "Unavailable", _warn(", ".join(down) or _NOTHING, is_bad=bool(down))
    yield "Processes", Text(", ".join(summary.processes) or _NOTHING)


def _routes(routes: list[Route]) -> Table:
    table = Table("method", "route", box=None, pad_edge=False, header_style="bold")
    for name in ("requests/s", "failed", "p95"):
        table.add_column(name, justify="right")
    for route in routes[:_LIMIT_OF_ROUTES]:
        table.add_row(
            route.method,
            Text(route.route or "(no route)"),
            f"{route.per_second:.1f}",
            _warn(_share(route.failed_share), is_bad=bool(route.failed_share)),
            _duration(route.p95_seconds),
        )
    return table


def _pairs(values: dict[str, float], unit: str = "") -> str:
    return "  ".join(f"{name} {value:.3g}{unit}" for name, value in values.items()) or _NOTHING


def _warn(text: str, *, is_bad: bool) -> Text:
    return Text(text, style="red" if is_bad else "")


def _share(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.1%}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return _NOTHING
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"
