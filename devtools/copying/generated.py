"""Sections and files of the documents that `dev.py docs` generates. Standard library only."""

import re
import shutil
from pathlib import Path

FILES = (
    "docs/asyncapi.json",
    "docs/openapi.json",
    "deploy/monitoring/dashboard.json",
    "deploy/monitoring/rules.yml",
    "deploy/monitoring/prometheus.yml",
)
_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def adopt_generated(target: Path, copy: Path) -> None:
    """Replace generated text in `target` by that of `copy`, so that a merge does not change it."""
    for name in FILES:
        if (copy / name).exists():
            shutil.copy2(copy / name, target / name)
    own_sections = {
        name: text
        for document in documents(copy)
        for _, name, text, _ in _SECTION.findall(document.read_text())
    }
    for document in documents(target):
        text = document.read_text()
        document.write_text(_SECTION.sub(lambda found: _adopted(found, own_sections), text))


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/*.md")]


def _adopted(found: re.Match[str], own_sections: dict[str, str]) -> str:
    begin, name, text, end = found.groups()
    return f"{begin}{own_sections.get(name, text)}{end}"
