"""Rename a domain in its own code: what the generator wrote, and what its owner has added."""

import tempfile
import token
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.three_way import merge_texts
from devtools.domain.renaming.moves import Modules
from devtools.domain.renaming.segments import Segment, replace_segments
from devtools.domain.renaming.texts import renamed_string
from devtools.domain.renaming.vocabulary import Renders, Vocabulary
from devtools.domain.rendering import formatted


@dataclass(frozen=True, kw_only=True)
class OwnCode:
    """New texts by old path, and the paths of those with marked conflicts."""

    texts: dict[str, str]
    conflicts: list[str]


def rename_own_code(
    sources: Mapping[str, str],
    rendered: Renders,
    vocabulary: Vocabulary,
    modules: Modules,
    settings: Path,
) -> OwnCode:
    """Rename every file; where a word has two meanings, merge the two renderings by git."""
    texts, conflicts = {}, []
    unedited = _unedited(sources, rendered, settings)
    for path, source in sources.items():
        if path in unedited:
            texts[path] = unedited[path]
            continue
        texts[path] = _rename(source, vocabulary, modules)
        if path in rendered:
            before, after = rendered[path]
            renamed = _rename(before, vocabulary, modules)
            if renamed != after:
                texts[path], count = _merge(texts[path], renamed, after, settings)
                conflicts += [path] if count else []
    return OwnCode(texts=texts, conflicts=conflicts)


def _unedited(sources: Mapping[str, str], rendered: Renders, settings: Path) -> dict[str, str]:
    """Return the new text of each file that is as the generator wrote it."""
    before, after = (
        _formatted({path: texts[number] for path, texts in rendered.items()}, settings)
        for number in (0, 1)
    )
    return {path: after[path] for path in after if sources.get(path) == before[path]}


def _formatted(texts: dict[str, str], settings: Path) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as stage:
        return formatted(texts, Path(stage), settings)


def _rename(source: str, vocabulary: Vocabulary, modules: Modules) -> str:
    def new_text(segment: Segment) -> str:
        if segment.module in modules:
            return (
                segment.text if segment.text == "." else modules[segment.module][segment.position]
            )
        if segment.kind == token.NAME:
            return vocabulary.identifiers.get(segment.text, segment.text)
        if segment.kind == token.STRING:
            return renamed_string(segment.text, vocabulary)
        return vocabulary.texts.get(segment.text, segment.text)

    return replace_segments(source, new_text)


def _merge(ours: str, base: str, theirs: str, settings: Path) -> tuple[str, int]:
    """Return the merged text, and the number of its conflicts."""
    texts = {"ours.py": ours, "base.py": base, "theirs.py": theirs}
    # Equally formatted, so that only names differ.
    merged = merge_texts(*_formatted(texts, settings).values(), label="renamed")
    return merged.text, merged.conflicts
