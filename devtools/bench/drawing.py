"""Draw the plots of docs/PERFORMANCE.md from the results of a run."""

from pathlib import Path

from devtools.bench.plots import BLUE, GREEN, GREY, RED, Bar, BarChart
from devtools.bench.results import Results, format_count
from devtools.bench.scenarios import BASELINES, FRAMEWORK
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.targets import TargetResult


def draw_charts(results: Results, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    charts = {
        "cost": _cost_chart(results),
        "targets": _target_chart(results),
        "latency": _latency_chart(results),
    }
    if results.growth:
        charts["growth"] = _growth_chart(results)
    for name, chart in charts.items():
        (directory / f"bench-{name}.svg").write_text(chart.svg())


def _cost_chart(results: Results) -> BarChart:
    base = results.figures[FRAMEWORK].cpu_us
    baselines = {scenario.name for scenario in BASELINES}
    bars = []
    for name, figures in results.figures.items():
        value = ratio(figures.cpu_us, base)
        note = f"{value.median:.2f} F · {spread(figures.cpu_us).median:.0f} µs"
        colour = GREY if name in baselines else BLUE
        bars.append(Bar(name, value.median, note, colour, value.low, value.high))
    return BarChart(
        title="CPU cost per request",
        subtitle="CPU time in F (an empty FastAPI route, one dependency); whiskers: quartiles",
        bars=bars,
    )


def _target_chart(results: Results) -> BarChart:
    bars = []
    for each in results.target_results():
        scale = 1 / each.limit
        value = each.value
        label = f"{each.name} / {each.baseline}" if each.baseline else each.name
        note = f"{value.median:.2f} of {_format_limit(each)} · {each.status}"
        bars.append(
            Bar(_shorten(label), min(value.median * scale, _MAX_BAR), note,
                GREEN if each.is_met else RED, target=1.0)
        )  # fmt: skip
    return BarChart(
        title="Targets",
        subtitle=f"Black line: the limit; bars are cut off at {_MAX_BAR:g} times the limit",
        bars=bars,
    )


_MAX_BAR = 3.0


def _format_limit(result: TargetResult) -> str:
    return f"{result.limit:g} {result.unit}".strip()


def _shorten(label: str) -> str:
    for long, short in {
        f" / {FRAMEWORK}": " / F",
        "filtered and searched": "filtered + searched",
        " / same request, 10 000 rows": " / 10 000",
        "worker memory after": "memory after",
    }.items():
        label = label.replace(long, short)
    return label


def _latency_chart(results: Results) -> BarChart:
    bars = []
    for figures in results.figures.values():
        latency = figures.latency_ms
        note = f"{latency['p50']:.1f} / {latency['p99']:.1f} ms at {figures.open_rate:.0f}/s"
        bars.append(Bar(figures.scenario, latency["p50"], note, BLUE, 0, latency["p99"]))
    return BarChart(
        title="Latency at half the maximum throughput",
        subtitle="Open loop, measured from the scheduled time; bar: median, line: up to p99",
        bars=bars,
    )


def _growth_chart(results: Results) -> BarChart:
    growth = results.growth
    assert growth is not None  # noqa: S101 - checked by the caller
    bars = []
    for case, latencies in growth.latencies.items():
        for size in growth.sizes:
            value = ratio(latencies[size], latencies[growth.sizes[0]])
            label = f"{case}, {format_count(size)} rows"
            note = f"{value.median:.2f} · {spread(latencies[size]).median:.1f} ms"
            bars.append(Bar(label, value.median, note, BLUE, value.low, value.high))
    return BarChart(
        title="Latency by table size",
        subtitle="One client; relative to the smallest table; whiskers: quartiles",
        bars=bars,
    )
