"""Write the test domain as the generator writes it: `python -m tests.widgets.regenerate`.

Nothing of it may lie in `app`, so each file of a layer goes into a folder of its own here.
"""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from devtools.domain.blueprint import Blueprint
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.rendering import formatted, render, write

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(plural="widgets", singular="widget")
FIELDS = (
    "code:str(64)? unique",
    "name:str(255)",
    "note:text?",
    "category:str(100)",
    "price:money",
    "kind:enum(HW,SW)",
    "quantity:int>=0=0",
    "is_active:bool=true",
    "due_on:date?",
    "checked_at:datetime?",
)
MIGRATION = "migrations/versions/widgets_widgets.py"

_PATHS = (
    (re.compile(r"^app/api/v1/widgets/"), "tests/widgets/api/"),
    (re.compile(r"^app/(\w+)/widgets/"), r"tests/widgets/\1/"),
    (re.compile(rf"^{MIGRATION}$"), "tests/widgets/migration.py"),
)
_MODULES = (
    (re.compile(r"\bapp\.api\.v1\.widgets\b"), "tests.widgets.api"),
    (re.compile(r"\bapp\.(\w+)\.widgets\b"), r"tests.widgets.\1"),
)


def render_widgets(fields: Sequence[str] = FIELDS) -> dict[str, str]:
    """Return the text of each file of the domain by its path."""
    blueprint = Blueprint(
        names=NAMES,
        fields=read_fields(fields, NAMES),
        revision="widgets",
        down_revision="none",
    )
    texts = {
        _moved(path, _PATHS): _moved(text, _MODULES) for path, text in render(blueprint).items()
    }
    with tempfile.TemporaryDirectory() as stage:
        return formatted(texts, Path(stage), ROOT / "pyproject.toml")


def _moved(text: str, places: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, place in places:
        text = pattern.sub(place, text)
    return text


if __name__ == "__main__":
    write(render_widgets(), ROOT)
