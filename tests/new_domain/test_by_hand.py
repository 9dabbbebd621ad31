"""docs/NEW_DOMAIN.md, followed to the letter."""

import re
import subprocess
from pathlib import Path

import pytest

from devtools.domain.blueprint import Blueprint
from devtools.domain.new_domain import make, read_blueprint
from tests.new_domain.copies import ROOT, check_in, copied_to

DOCUMENT = (ROOT / "docs" / "NEW_DOMAIN.md").read_text()
BY_HAND = DOCUMENT.partition("## By hand")[2]

COMMANDS = re.compile(r"(?ms)^```\n(.*?)^```$")
FILE = re.compile(r"(?ms)^\*\*(\S+)\*\*\n\n```python\n(.*?)^```$")
WIRING = re.compile(r"(?ms)`(app/[\w/]+\.py)`[^`]*(?:`\w+`[^`]*)?```python\n(.*?)^```$")
REVISION = re.compile(r'(?m)^(revision|down_revision) = "\d+"$')

pytestmark = pytest.mark.skipif(
    (ROOT / "app" / "models" / "orders").exists(), reason="this service has orders already"
)


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return read_blueprint("orders", None, ["customer:str(100)", "total:money"], ROOT)


@pytest.fixture(scope="module")
def files(blueprint: Blueprint) -> dict[str, str]:
    """What the document shows, the migration with the numbers that it says to take."""

    def next_number(line: re.Match[str]) -> str:
        return f'{line[1]} = "{getattr(blueprint, line[1])}"'

    return {
        re.sub(r"\d{4}(?=_orders)", blueprint.revision, path): REVISION.sub(next_number, text)
        for path, text in FILE.findall(BY_HAND)
    }


def test_the_command_writes_what_the_document_shows(
    blueprint: Blueprint, files: dict[str, str]
) -> None:
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
    imports = "".join(re.findall(r"(?m)^from .*\n", addition))
    functions = "".join(re.findall(r"(?ms)^(?:async )?def .*?\n\n\n", addition))
    (last,) = re.findall(r"(?m)^(?:\w+ = |router\.).*\n\Z", addition)
    text = file.read_text().replace("\nfrom app.", f"\n{imports}from app.", 1)
    text = text.replace("\nasync def _idempotency", f"\n{functions}async def _idempotency")
    file.write_text(text + last)
