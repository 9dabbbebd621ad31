"""The documents tell the truth about what can be checked by a machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)]*))?\)")
PLACE = re.compile(r"`((?:app|tests|devtools|migrations|docs)/[\w/.-]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text()):
        if not target.startswith("http"):
            linked = document.parent / target
            assert linked.exists(), target
            assert not anchor or anchor in _anchors(linked), f"{target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_place_that_is_named_exists(document: Path) -> None:
    missing = [
        place for place in PLACE.findall(document.read_text()) if not (ROOT / place).exists()
    ]

    assert missing == []


def test_the_index_names_every_document() -> None:
    index = (ROOT / "DOCUMENTATION_INDEX.md").read_text()
    missing = [path.name for path in DOCUMENTS if f"{path.name})" not in index]

    assert missing == ["DOCUMENTATION_INDEX.md"]


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
