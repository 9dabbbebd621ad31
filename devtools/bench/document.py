"""Puts a run's table into docs/PERFORMANCE.md, between two marks."""

from pathlib import Path

from devtools.bench.drawing import draw
from devtools.bench.report import table
from devtools.bench.results import Results, machine

DOCUMENT, IMAGES = Path("docs/PERFORMANCE.md"), Path("docs/images")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def rewrite(results: Results) -> None:
    draw(results, IMAGES)
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{_measured(results)}{END}{after}")


def _measured(results: Results) -> str:
    day = results.measured_at.date().isoformat()
    return f"Measured on {day} by `{results.command}`: {machine()}.\n\n{table(results)}"
