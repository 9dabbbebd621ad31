"""The results are compared with the targets and drawn without overlapping texts."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from devtools.bench.drawing import draw_charts
from devtools.bench.growth import SCENARIOS, Growth
from devtools.bench.hot_path import Figures
from devtools.bench.overload import Overload
from devtools.bench.plots import LABEL_WIDTH, PLOT_WIDTH, ROW_HEIGHT
from devtools.bench.report import format_results
from devtools.bench.results import Results
from devtools.bench.scenarios import BASELINES, FETCHROW, GET, LIST, POST, REQUESTS
from devtools.bench.statistics_of_rounds import percentile, ratio

# Pixels; an upper bound of the average letter width.
LETTER_WIDTH = 7.5


def make_results(**cpu_us: float) -> Results:
    figures = {}
    for scenario in (*BASELINES, *REQUESTS):
        figures[scenario.name] = Figures(
            scenario.name,
            cpu_us=[cpu_us.get(scenario.name, 100.0)] * 3,
            per_second=[1000.0] * 3,
            latencies_ms=[1.0, 2.0, 3.0],
        )
    sizes = (10_000, 1_000_000)
    latencies = {case.name: {size: [1.0, 2.0] for size in sizes} for case in SCENARIOS}
    return Results(
        command="bench",
        figures=figures,
        growth=Growth(sizes, latencies),
        import_seconds={"copy": [1.0], "import": [3.0]},
        import_rows=100_000,
        overload=Overload(
            many_connections={LIST: [1.0, 1.2, 1.1]},
            open_loop={POST: [1.2]},
            refusal_ms=[8.0],
            live_ms=[60.0],
        ),
        relay_seconds={"bare": [1.0], "relay": [1.5], "drain": [5.0]},
        ready_seconds=[1.0],
        resident_megabytes=[70.0, 80.0],
        request_count=100_000,
    )


def test_a_target_is_met_up_to_its_limit_and_missed_above_it() -> None:
    met = make_results(**{GET: 150.0, FETCHROW: 100.0})
    missed = make_results(**{GET: 151.0, FETCHROW: 100.0})

    assert f"| {GET} | {FETCHROW} | 1.50 (1.50-1.50) | 1.5 | met |" in format_results(met)
    assert f"| {GET} | {FETCHROW} | 1.51 (1.51-1.51) | 1.5 | missed |" in format_results(missed)


def test_the_relay_may_take_twice_the_time_of_a_plain_loop() -> None:
    results = make_results()
    fast, slow = (
        format_results(results),
        format_results(replace(results, relay_seconds={**results.relay_seconds, "relay": [2.1]})),
    )

    assert (
        "| relay of 10 000 messages | bare publishing loop | 1.50 (1.50-1.50) | 2.0 | met |" in fast
    )
    assert "| 2.10 (2.10-2.10) | 2.0 | missed |" in slow
    assert "| 5.00 (5.00-5.00) s | 30.0 s | met |" in fast


def test_an_overloaded_service_should_serve_nine_tenths_of_its_peak() -> None:
    table = format_results(make_results())

    assert (
        "| list of 50, 1000 connections | 24 connections | 1.10 (1.05-1.15) | 1.11 | met |" in table
    )
    assert "| POST at 10 times the load | peak | 1.20 (1.20-1.20) | 1.11 | missed |" in table
    assert "| refusal at 10 times the load |  | 8.00 (8.00-8.00) ms | 10.0 ms | met |" in table
    assert (
        "| `/health/live` at 10 times the load |  | 60.00 (60.00-60.00) ms | 50.0 ms | missed |"
        in table
    )


def test_ratios_are_computed_within_a_round() -> None:
    assert ratio([100, 300, 800], [100, 300, 400]).median == 1


def test_percentiles_are_measured_values() -> None:
    values = list(range(1, 101))

    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100


def test_no_text_of_a_plot_leaves_its_column_or_overlaps_another(tmp_path: Path) -> None:
    draw_charts(make_results(), tmp_path)

    for file in tmp_path.glob("*.svg"):
        root = ET.fromstring(file.read_text())  # noqa: S314 - written by this test
        width = float(root.attrib["width"])
        texts = root.findall("{http://www.w3.org/2000/svg}text")
        heights = [float(text.attrib["y"]) for text in texts[2::2]]
        assert all(b - a >= ROW_HEIGHT for a, b in pairwise(heights))
        for text in texts:
            length = len(text.text or "") * LETTER_WIDTH
            if text.attrib.get("text-anchor") == "end":
                assert length <= LABEL_WIDTH - 10, text.text
            else:
                assert float(text.attrib["x"]) + length <= width, text.text
    assert {file.stem for file in tmp_path.iterdir()} == {
        "bench-cost",
        "bench-targets",
        "bench-latency",
        "bench-growth",
    }
    assert PLOT_WIDTH > 0
