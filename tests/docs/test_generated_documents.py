"""What the documents say about the code is what the code says of itself."""

import re

import pytest

from devtools.documents import settings
from devtools.documents.generated import FILES, ROOT, SECTIONS, documents, outdated

SECTION_MARK = re.compile(r"<!-- (generated: \w+|end) -->")


def test_the_documents_are_what_would_be_generated_now() -> None:
    stale = [str(path.relative_to(ROOT)) for path in outdated()]

    assert stale == [], "run python3 dev.py docs"


def test_each_section_is_known_and_closed_and_stands_once() -> None:
    marks = [
        mark for document in documents() for mark in SECTION_MARK.findall(document.read_text())
    ]
    begun = [mark.removeprefix("generated: ") for mark in marks[::2]]

    assert set(begun) <= set(SECTIONS)
    assert len(begun) == len(set(begun))
    assert marks[1::2] == ["end"] * len(begun)


def test_a_document_that_was_edited_by_hand_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECTIONS, "settings", lambda: "| another table |\n")
    monkeypatch.setitem(FILES, "docs/asyncapi.json", lambda: "{}\n")

    stale = {path.name: text for path, text in outdated().items()}

    assert stale["asyncapi.json"] == "{}\n"
    del stale["asyncapi.json"]
    (text,) = stale.values()
    assert "<!-- generated: settings -->\n\n| another table |\n\n<!-- end -->" in text


def test_a_setting_without_a_note_is_found(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = tmp_path_factory.mktemp("example") / "example"
    example.write_text(settings.EXAMPLE.read_text().replace("# Let anonymous", "Let anonymous"))
    monkeypatch.setattr(settings, "EXAMPLE", example)

    with pytest.raises(KeyError, match="PUBLIC_READS"):
        settings.settings_table()
