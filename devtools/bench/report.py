"""The table of a run, in Markdown: it reads as well on a terminal."""

from collections.abc import Iterable

from devtools.bench.hot_path import Figures
from devtools.bench.results import Results, counted
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.subjects import FRAMEWORK
from devtools.bench.targets import Verdict


def table(results: Results) -> str:
    parts = [_verdicts(results.verdicts()), _subjects(results.figures)]
    if results.growth:
        parts.append(_growth(results))
    return "\n".join(parts)


def _rows(head: str, rows: Iterable[str]) -> str:
    rule = "|".join(["---"] * head.count("|"))
    return "\n".join([f"| {head}", f"|{rule}|", *(f"| {row} |" for row in rows), ""])


def _verdicts(verdicts: list[Verdict]) -> str:
    return _rows("what | compared with | median (quartiles) | at most | |", map(_verdict, verdicts))


def _verdict(verdict: Verdict) -> str:
    unit = f" {verdict.unit}" if verdict.unit else ""
    cells = (
        verdict.what,
        verdict.compared_with,
        f"{verdict.value}{unit}",
        f"{verdict.most}{unit}",
        verdict.word,
    )
    return " | ".join(cells)


def _subjects(figures: dict[str, Figures]) -> str:
    base = figures[FRAMEWORK].cpu_us
    return _rows(
        "request | CPU us | in F | requests/s | p50 ms | p90 ms | p99 ms | at requests/s |",
        [
            f"{each.subject} | {spread(each.cpu_us).median:.0f} | {ratio(each.cpu_us, base)}"
            f" | {spread(each.per_second).median:.0f}"
            f" | {' | '.join(f'{value:.1f}' for value in each.latency_ms.values())}"
            f" | {each.open_rate:.0f}"
            for each in figures.values()
        ],
    )


def _growth(results: Results) -> str:
    growth = results.growth
    assert growth is not None  # noqa: S101 - the caller looked
    smallest = growth.sizes[0]
    heads = [f"{counted(size)} rows" for size in growth.sizes]
    rows = []
    for case, latencies in growth.latencies.items():
        cells = [f"{spread(latencies[smallest]).median:.1f} ms"]
        cells += [f"x {ratio(latencies[size], latencies[smallest])}" for size in growth.sizes[1:]]
        rows.append(f"{case} | {' | '.join(cells)}")
    return _rows(f"one client, one after another | {' | '.join(heads)} |", rows)
