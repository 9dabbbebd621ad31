"""Format the results of a run as Markdown tables."""

from collections.abc import Iterable

from devtools.bench.hot_path import Figures
from devtools.bench.results import Results, format_count
from devtools.bench.scenarios import FRAMEWORK
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.targets import TargetResult


def format_results(results: Results) -> str:
    parts = [_targets_table(results.target_results()), _scenarios_table(results.figures)]
    if results.growth:
        parts.append(_growth_table(results))
    return "\n".join(parts)


def _format_table(head: str, rows: Iterable[str]) -> str:
    rule = "|".join(["---"] * head.count("|"))
    return "\n".join([f"| {head}", f"|{rule}|", *(f"| {row} |" for row in rows), ""])


def _targets_table(targets: list[TargetResult]) -> str:
    return _format_table(
        "measurement | baseline | median (quartiles) | limit | result |", map(_target_row, targets)
    )


def _target_row(target: TargetResult) -> str:
    unit = f" {target.unit}" if target.unit else ""
    cells = (
        target.name,
        target.baseline,
        f"{target.value}{unit}",
        f"{target.limit}{unit}",
        target.status,
    )
    return " | ".join(cells)


def _scenarios_table(figures: dict[str, Figures]) -> str:
    base = figures[FRAMEWORK].cpu_us
    return _format_table(
        "request | CPU µs | in F | requests/s | p50 ms | p90 ms | p99 ms | at requests/s |",
        [
            f"{each.scenario} | {spread(each.cpu_us).median:.0f} | {ratio(each.cpu_us, base)}"
            f" | {spread(each.per_second).median:.0f}"
            f" | {' | '.join(f'{value:.1f}' for value in each.latency_ms.values())}"
            f" | {each.open_rate:.0f}"
            for each in figures.values()
        ],
    )


def _growth_table(results: Results) -> str:
    growth = results.growth
    assert growth is not None  # noqa: S101 - checked by the caller
    smallest = growth.sizes[0]
    heads = [f"{format_count(size)} rows" for size in growth.sizes]
    rows = []
    for case, latencies in growth.latencies.items():
        cells = [f"{spread(latencies[smallest]).median:.1f} ms"]
        cells += [f"x {ratio(latencies[size], latencies[smallest])}" for size in growth.sizes[1:]]
        rows.append(f"{case} | {' | '.join(cells)}")
    return _format_table(f"one client, sequential requests | {' | '.join(heads)} |", rows)
