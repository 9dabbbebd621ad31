"""The steps of docs/NEW_DOMAIN.md create a working domain."""

import re
import subprocess
from pathlib import Path

import pytest

from devtools.domain.blueprint import Blueprint
from devtools.domain.new_domain import make, read_blueprint
from tests.support.repository_copy import ROOT, check_module_in, copy_repository

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
    """The files shown in the document. The migration gets its revision numbers."""

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


def test_following_the_document_creates_a_working_domain(
    files: dict[str, str], tmp_path: Path
) -> None:
    copy = copy_repository(tmp_path)
    folders, *_ = COMMANDS.findall(BY_HAND)
    subprocess.run(["bash", "-ec", folders], cwd=copy, check=True)  # noqa: S603, S607 - our document
    for path, text in files.items():
        (copy / path).write_text(text)
    for path, text in WIRING.findall(BY_HAND):
        _add(copy / path, text)

    check_module_in(
        copy,
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py"),
        *("tests/orders", "tests/domains", "-k", "orders or architecture"),
    )


def _add(file: Path, addition: str) -> None:
    """Add the imports to the imports of the file, and the last line at its end."""
    imports = "".join(re.findall(r"(?m)^from .*\n", addition))
    (last,) = re.findall(r"(?m)^router\..*\n\Z", addition)
    *_, last_import = re.finditer(r"(?m)^from .*\n", text := file.read_text())
    file.write_text(text[: last_import.end()] + imports + text[last_import.end() :] + last)
