"""`python3 dev.py docs`: rewrite the generated sections of the documents.

A section is the text between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools.documents.asyncapi import asyncapi_text
from devtools.documents.commands import commands_table
from devtools.documents.metrics import labels_table, metrics_table
from devtools.documents.openapi import openapi_text
from devtools.documents.problems import problems_table
from devtools.documents.routes import routes_table
from devtools.documents.settings import settings_table
from devtools.monitoring.dashboard import dashboard_text
from devtools.monitoring.prometheus_config import example_text
from devtools.monitoring.rules import rules_text

ROOT = Path(__file__).resolve().parents[2]
SECTIONS: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "routes": routes_table,
    "problems": problems_table,
    "commands": commands_table,
    "metrics": metrics_table,
    "labels": labels_table,
}
FILES: dict[str, Callable[[], str]] = {
    "docs/asyncapi.json": asyncapi_text,
    "docs/openapi.json": openapi_text,
    "deploy/monitoring/dashboard.json": dashboard_text,
    "deploy/monitoring/rules.yml": rules_text,
    "deploy/monitoring/prometheus.yml": example_text,
}

_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def docs() -> int:
    for path, text in outdated().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)} rewritten\n")
    return 0


def outdated() -> dict[Path, str]:
    """Return the expected text of each file that is outdated."""
    return {
        path: text for path, text in _expected() if not path.exists() or path.read_text() != text
    }


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def _expected() -> Iterator[tuple[Path, str]]:
    for document in documents():
        yield document, _SECTION.sub(_section, document.read_text())
    for name, make in FILES.items():
        yield ROOT / name, make()


def _section(found: re.Match[str]) -> str:
    begin, name, end = found.groups()
    # Without blank lines Markdown tools do not see a table.
    return f"{begin}\n{SECTIONS[name]()}\n{end}"
