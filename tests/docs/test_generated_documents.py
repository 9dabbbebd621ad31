"""The generated parts of the documents are current."""

import re

import pytest

from devtools.documents import problems, settings
from devtools.documents.generated import FILES, ROOT, SECTIONS, documents, outdated

SECTION_MARKER = re.compile(r"<!-- (generated: \w+|end) -->")


def test_generated_documents_are_current() -> None:
    stale = [str(path.relative_to(ROOT)) for path in outdated()]

    assert stale == [], "run python3 dev.py docs"


def test_each_generated_section_is_known_closed_and_unique() -> None:
    markers = [
        marker
        for document in documents()
        for marker in SECTION_MARKER.findall(document.read_text())
    ]
    begun = [marker.removeprefix("generated: ") for marker in markers[::2]]

    assert set(begun) <= set(SECTIONS)
    assert len(begun) == len(set(begun))
    assert markers[1::2] == ["end"] * len(begun)


def test_the_meaning_of_a_problem_is_a_sentence() -> None:
    meanings = {
        row.split(" | ")[1]: row.split(" | ")[2] for row in _rows(problems.problems_table())
    }

    assert "`database_not_migrated`" in meanings
    fragments = {code for code, meaning in meanings.items() if len(meaning.split()) < 4}
    assert fragments == set(), "add their arguments to EXAMPLE_ARGUMENTS"


def _rows(table: str) -> list[str]:
    return [line.strip("| ") for line in table.splitlines()[2:] if line]


def test_a_manual_edit_of_a_generated_document_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
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
