"""docs/NEW_DOMAIN.md, followed to the letter."""

import re
import subprocess
from pathlib import Path

import pytest

from devtools.domain.new_domain import make, read_blueprint
from tests.new_domain.copies import ROOT, check_in, copied_to

DOCUMENT = (ROOT / "docs" / "NEW_DOMAIN.md").read_text()
BY_HAND = DOCUMENT.partition("## By hand")[2]

FILE = re.compile(r"^\*\*(\S+)\*\*\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIRING = re.compile(
    r"`(app/[\w/]+\.py)`[^`]*(?:`\w+`[^`]*)?```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

pytestmark = pytest.mark.skipif(
    (ROOT / "app" / "models" / "orders").exists(), reason="somebody has walked this way already"
)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """What the document shows, with the next free number for the migration, as it asks for."""
    blueprint = read_blueprint("orders", None, ["customer:str(100)"], ROOT)
    return {
        re.sub(r"\d{4}(?=_orders)", blueprint.revision, path): re.sub(
            r'(?<=^down_revision = ")\d+',
            blueprint.down_revision,
            re.sub(r'(?<=^revision = ")\d+', blueprint.revision, text, flags=re.MULTILINE),
            flags=re.MULTILINE,
        )
        for path, text in FILE.findall(BY_HAND)
    }


def test_the_command_writes_what_the_document_shows(files: dict[str, str]) -> None:
    blueprint = read_blueprint("orders", None, ["customer:str(100)", "total:money"], ROOT)
    made, _ = make(blueprint, ROOT)

    written = {path: text for path, text in made.items() if text and "/test_" not in path}

    assert {path: files.get(path) for path in written} == written


def test_whoever_follows_the_document_has_a_domain(files: dict[str, str], tmp_path: Path) -> None:
    copy = copied_to(tmp_path)
    folders, *_ = COMMANDS.findall(BY_HAND)
    subprocess.run(["bash", "-ec", folders], cwd=copy, check=True)  # noqa: S603, S607 - our document
    for path, text in files.items():
        (copy / path).write_text(text)
    for path, text in WIRING.findall(BY_HAND):
        _add(copy / path, text)

    check_in(
        copy,
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py"),
        *("tests/orders", "tests/domains", "-k", "orders or architecture"),
    )


def _add(file: Path, addition: str) -> None:
    """Put imports with the imports, functions before the others, and one line at the end."""
    imports = "".join(re.findall(r"^from .*\n", addition, re.MULTILINE))
    functions = "".join(
        re.findall(r"^(?:async )?def .*?\n\n\n", addition, re.MULTILINE | re.DOTALL)
    )
    (last,) = re.findall(r"^(?:\w+ = |router\.).*\n\Z", addition, re.MULTILINE)
    text = file.read_text().replace("\nfrom app.", f"\n{imports}from app.", 1)
    file.write_text(
        text.replace("\nasync def _idempotency", f"\n{functions}async def _idempotency") + last
    )
