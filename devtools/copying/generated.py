"""Documents that `dev.py docs` makes of a service's own code. Standard library only."""

import re
import shutil
from pathlib import Path

FILES = ("docs/asyncapi.json",)
_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def adopt_generated(target: Path, copy: Path) -> None:
    """Give the target what the copy's documents tell of the copy, so that it does not differ."""
    for name in FILES:
        if (copy / name).exists():
            shutil.copy2(copy / name, target / name)
    known = {
        name: text
        for document in documents(copy)
        for _, name, text, _ in _SECTION.findall(document.read_text())
    }
    for document in documents(target):
        text = document.read_text()
        document.write_text(_SECTION.sub(lambda found: _adopted(found, known), text))


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/*.md")]


def _adopted(found: re.Match[str], known: dict[str, str]) -> str:
    begin, name, text, end = found.groups()
    return f"{begin}{known.get(name, text)}{end}"
