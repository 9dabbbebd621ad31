import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from devtools.bench.drawing import draw
from devtools.bench.growth import CASES, Growth
from devtools.bench.hot_path import Figures
from devtools.bench.plots import LABELS, PLOT, ROW
from devtools.bench.report import table
from devtools.bench.results import Results
from devtools.bench.statistics_of_rounds import percentile, ratio
from devtools.bench.subjects import BASELINES, FETCHROW, GET, REQUESTS

# Of the letters used; more than any of them is wide on the average.
LETTER = 7.5


def make_results(**cpu_us: float) -> Results:
    figures = {}
    for subject in (*BASELINES, *REQUESTS):
        figures[subject.name] = Figures(
            subject.name,
            cpu_us=[cpu_us.get(subject.name, 100.0)] * 3,
            per_second=[1000.0] * 3,
            latencies_ms=[1.0, 2.0, 3.0],
        )
    sizes = (10_000, 1_000_000)
    latencies = {case.name: {size: [1.0, 2.0] for size in sizes} for case in CASES}
    return Results(
        command="bench",
        figures=figures,
        growth=Growth(sizes, latencies),
        bulk={"copy": [1.0], "import": [3.0]},
        bulk_rows=100_000,
        relay={"bare": [1.0], "relay": [1.5], "drain": [5.0]},
        ready=[1.0],
        resident=[70.0, 80.0],
        served=100_000,
    )


def test_a_target_is_met_up_to_its_bound_and_missed_above_it() -> None:
    met = make_results(**{GET: 100.0, FETCHROW: 100.0})
    missed = make_results(**{GET: 101.0, FETCHROW: 100.0})

    assert f"| {GET} | {FETCHROW} | 1.00 (1.00-1.00) | 1.0 | met |" in table(met)
    assert f"| {GET} | {FETCHROW} | 1.01 (1.01-1.01) | 1.0 | missed |" in table(missed)


def test_the_relay_is_held_to_half_the_pace_of_a_bare_loop() -> None:
    results = make_results()
    quick, slow = table(results), table(replace(results, relay={**results.relay, "relay": [2.1]}))

    assert (
        "| relay of 10 000 messages | bare publishing loop | 1.50 (1.50-1.50) | 2.0 | met |"
        in quick
    )
    assert "| 2.10 (2.10-2.10) | 2.0 | missed |" in slow
    assert "| 5.00 (5.00-5.00) s | 30.0 s | met |" in quick


def test_ratios_are_taken_within_a_round() -> None:
    assert ratio([100, 300, 800], [100, 300, 400]).median == 1


def test_percentiles_come_from_what_was_measured() -> None:
    values = list(range(1, 101))

    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100


def test_no_text_of_a_plot_leaves_its_column_or_meets_another(tmp_path: Path) -> None:
    draw(make_results(), tmp_path)

    for file in tmp_path.glob("*.svg"):
        root = ET.fromstring(file.read_text())  # noqa: S314 - written by ourselves
        width = float(root.attrib["width"])
        texts = root.findall("{http://www.w3.org/2000/svg}text")
        heights = [float(text.attrib["y"]) for text in texts[2::2]]
        assert all(b - a >= ROW for a, b in pairwise(heights))
        for text in texts:
            length = len(text.text or "") * LETTER
            if text.attrib.get("text-anchor") == "end":
                assert length <= LABELS - 10, text.text
            else:
                assert float(text.attrib["x"]) + length <= width, text.text
    assert {file.stem for file in tmp_path.iterdir()} == {
        "bench-cost",
        "bench-targets",
        "bench-latency",
        "bench-growth",
    }
    assert PLOT > 0
