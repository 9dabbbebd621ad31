"""Links, paths and names in the documents exist."""

import re
from pathlib import Path

import pytest

from devtools.documents.domains import find_domains
from devtools.documents.generated import ROOT, documents
from tests.support.documented_commands import only_in_the_template

NAMING = ROOT / "docs" / "NAMING.md"
FOLDERS = ("app", "tests", "migrations", "devtools", "docs")
FILES = {path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.*")}

LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]*))?\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"\w[\w./-]*\.(?:py|md|json|toml|txt|ini|svg|png|http|mako|yaml)")
FOLDER = re.compile(rf"(?:{'|'.join(FOLDERS)})(?:/[\w-]+)+/?")

every_document = pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)


@every_document
def test_every_link_has_a_target(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text()):
        if not target.startswith("http"):
            linked = document.parent / target if target else document
            assert linked.exists(), target
            assert not anchor or anchor in _anchors(linked), f"{target}#{anchor}"


@every_document
def test_every_named_path_exists(document: Path) -> None:
    words = CODE.findall(document.read_text())
    places = [word for word in words if FILE.fullmatch(word) or FOLDER.fullmatch(word)]

    assert [place for place in places if not _exists(place)] == []


@only_in_the_template
def test_every_example_of_a_name_is_in_the_code() -> None:
    code = "\n".join(path.read_text() for path in FILES if path.suffix == ".py")
    routes = (ROOT / "QUICK_REFERENCE.md").read_text()
    rows = [line.split("|") for line in NAMING.read_text().splitlines() if line.startswith("| ")]
    examples = [example for row in rows for example in CODE.findall(row[3])]

    assert len(examples) >= len(rows) - 3
    assert [each for each in examples if not _exists(each) and each not in code + routes] == []


def test_the_index_names_every_document() -> None:
    index = (ROOT / "DOCUMENTATION_INDEX.md").read_text()
    missing = [path.name for path in documents() if f"{path.name})" not in index]

    assert missing == ["DOCUMENTATION_INDEX.md"]


def test_every_test_folder_is_documented() -> None:
    text = (ROOT / "docs/TESTING.md").read_text()
    folders = {path.name for path in (ROOT / "tests").iterdir() if list(path.glob("*.py"))}
    of_domains = {domain.plural for domain in find_domains()}

    assert [name for name in folders - of_domains if f"`tests/{name}`" not in text] == []


def _exists(place: str) -> bool:
    """Look for a path relative to the root or `app`, or for a file name."""
    paths = (ROOT / place, ROOT / "app" / place)
    return any(path.exists() for path in paths) or place in {path.name for path in FILES}


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
