"""The steps of docs/USE_CASES.md add a working use case to a generated domain, and undo it."""

import re
import subprocess
from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.domain.new_domain import make, read_blueprint
from devtools.domain.rendering import write
from tests.support.repository_copy import ROOT, check_module_in, copy_repository

DOCUMENT = (ROOT / "docs" / "USE_CASES.md").read_text()
BLOCK = re.compile(r"(?ms)^\*\*(\S+)\*\*\n\n```python\n(.*?)^```$")
COMMANDS = re.compile(r"(?ms)^```\n(.*?)^```$")
IMPORT = re.compile(r"(?m)^(?:from|import) .*\n")
FIELDS = (
    *("customer:str(100)", "total:money", "status:enum(new,paid,shipped)=new"),
    # Two requests with one body would conflict.
    "reference:str(20) unique",
)
TESTS = (
    *("pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "orders or not domains"),
    *("tests/api/test_authorisation.py", "tests/domains/test_routes.py"),
)

pytestmark = pytest.mark.skipif(
    (ROOT / "app" / "models" / "orders").exists(), reason="this service has orders already"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy = copy_repository(tmp_path)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "Before the domain")
    made, changed = make(read_blueprint("orders", None, [*FIELDS], copy), copy)
    write({**made, **changed}, copy)
    return copy


def test_the_use_case_passes_the_tests_of_all_domains(copy: Path) -> None:
    for path, text in BLOCK.findall(DOCUMENT):
        add(copy / path, text)
    changed = [path for path, _ in BLOCK.findall(DOCUMENT)]
    check_module_in(copy, "ruff", "check", "--no-cache", "--quiet", "--fix", "--select", "I", ".")
    check_module_in(copy, "devtools", "docs")

    check_module_in(copy, "ruff", "check", "--no-cache", *changed)
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", *changed)
    more = ("tests/docs/test_openapi_responses.py", "tests/test_architecture.py")
    check_module_in(copy, *TESTS, "tests/orders", *more)


def test_an_update_may_be_a_put(copy: Path) -> None:
    endpoints = copy / "app" / "api" / "v1" / "orders" / "order_endpoints.py"
    endpoints.write_text(endpoints.read_text().replace("@router.patch(", "@router.put("))
    (declaration,) = re.findall(r'`(update_method="PUT")`', DOCUMENT)
    add(copy / "tests" / "orders" / "factories.py", f"    {declaration},\n")

    check_module_in(copy, *TESTS)


def test_the_commands_of_undo_restore_the_tree(copy: Path) -> None:
    assert git(copy, "status", "--porcelain") != ""
    (undo,) = COMMANDS.findall(DOCUMENT.partition("## Undo")[2])

    subprocess.run(["bash", "-ec", undo], cwd=copy, check=True)  # noqa: S603, S607 - our document

    assert git(copy, "status", "--porcelain") == ""
    assert not (copy / "app" / "models" / "orders").exists()


def add(file: Path, addition: str) -> None:
    """Add the imports to those of the file, the rest at its end or as the last argument there."""
    if not file.exists():
        file.write_text(addition)
        return
    body, imports = IMPORT.sub("", addition).strip("\n"), "".join(IMPORT.findall(addition))
    text = file.read_text()
    gap = "\n" if body.startswith(" ") else "\n\n"
    is_call = text.endswith("\n)\n")
    text = text.removesuffix(")\n") + f"{body}\n)\n" if is_call else f"{text}{gap}{body}\n"
    first = IMPORT.search(text)
    place = first.start() if first else 0
    file.write_text(text[:place] + imports + text[place:])
