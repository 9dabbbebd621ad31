"""Which figures the plots show."""

from pathlib import Path

from devtools.bench.plots import BLUE, GREEN, GREY, RED, Bar, BarChart
from devtools.bench.results import Results, counted
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.subjects import BASELINES, FRAMEWORK
from devtools.bench.targets import Verdict


def draw(results: Results, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    charts = {"cost": _cost(results), "targets": _targets(results), "latency": _latency(results)}
    if results.growth:
        charts["growth"] = _growth(results)
    for name, chart in charts.items():
        (directory / f"bench-{name}.svg").write_text(chart.svg())


def _cost(results: Results) -> BarChart:
    base = results.figures[FRAMEWORK].cpu_us
    baselines = {subject.name for subject in BASELINES}
    bars = []
    for name, figures in results.figures.items():
        value = ratio(figures.cpu_us, base)
        note = f"{value.median:.2f} F · {spread(figures.cpu_us).median:.0f} µs"
        colour = GREY if name in baselines else BLUE
        bars.append(Bar(name, value.median, note, colour, value.low, value.high))
    return BarChart(
        title="What a request costs the worker",
        subtitle="CPU time in F, an empty FastAPI route with one dependency; whiskers: quartiles",
        bars=bars,
    )


def _targets(results: Results) -> BarChart:
    bars = []
    for each in results.verdicts():
        scale = 1 / each.most
        value = each.value
        label = f"{each.what} / {each.compared_with}" if each.compared_with else each.what
        note = f"{value.median:.2f} of {_bound(each)} · {each.word}"
        bars.append(
            Bar(_short(label), min(value.median * scale, _FURTHEST), note,
                GREEN if each.is_met else RED, target=1.0)
        )  # fmt: skip
    return BarChart(
        title="Targets",
        subtitle=f"The black line is the most that it may be; bars end at {_FURTHEST:g} times that",
        bars=bars,
    )


_FURTHEST = 3.0


def _bound(verdict: Verdict) -> str:
    return f"{verdict.most:g} {verdict.unit}".strip()


def _short(label: str) -> str:
    for long, short in {
        f" / {FRAMEWORK}": " / F",
        "filtered and searched": "filtered + searched",
        " / the same of 10 000 rows": " / 10 000",
        "memory of a worker after": "memory after",
    }.items():
        label = label.replace(long, short)
    return label


def _latency(results: Results) -> BarChart:
    bars = []
    for figures in results.figures.values():
        latency = figures.latency_ms
        note = f"{latency['p50']:.1f} / {latency['p99']:.1f} ms at {figures.open_rate:.0f}/s"
        bars.append(Bar(figures.subject, latency["p50"], note, BLUE, 0, latency["p99"]))
    return BarChart(
        title="Latency at half of the throughput",
        subtitle="Open loop, from the moment when a request was due; bar: median, line: to p99",
        bars=bars,
    )


def _growth(results: Results) -> BarChart:
    growth = results.growth
    assert growth is not None  # noqa: S101 - the caller looked
    bars = []
    for case, latencies in growth.latencies.items():
        for size in growth.sizes:
            value = ratio(latencies[size], latencies[growth.sizes[0]])
            label = f"{case}, {counted(size)} rows"
            note = f"{value.median:.2f} · {spread(latencies[size]).median:.1f} ms"
            bars.append(Bar(label, value.median, note, BLUE, value.low, value.high))
    return BarChart(
        title="What growth costs",
        subtitle="Latency of one client, relative to the smallest table; whiskers: quartiles",
        bars=bars,
    )
