"""Write the results table into docs/PERFORMANCE.md, between two markers."""

from pathlib import Path

from devtools.bench.drawing import draw_charts
from devtools.bench.report import format_results
from devtools.bench.results import Results, describe_machine

DOCUMENT, IMAGES = Path("docs/PERFORMANCE.md"), Path("docs/images")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def update_document(results: Results) -> None:
    draw_charts(results, IMAGES)
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{_results_section(results)}{END}{after}")


def _results_section(results: Results) -> str:
    day = results.measured_at.date().isoformat()
    heading = f"Measured on {day} by `{results.command}`: {describe_machine()}."
    return f"{heading}\n\n{format_results(results)}"
