"""Rename a domain in the code that uses it: the router, commands, handlers, other domains."""

import token
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from devtools.copying.domain_files import OPTIONAL_WIRING, ROUTER
from devtools.copying.renames import Renames
from devtools.copying.renaming import Renaming, Source
from devtools.domain.names import Names
from devtools.domain.renaming.moves import Modules
from devtools.domain.renaming.segments import Segment, replace_segments
from devtools.domain.renaming.texts import in_sql, in_urls
from devtools.domain.renaming.vocabulary import Vocabulary
from devtools.domain.uses import PLACES, imports_in

_WIRING = (ROUTER, *OPTIONAL_WIRING)


def rename_uses(
    root: Path, vocabulary: Vocabulary, modules: Modules, own: Collection[str]
) -> dict[str, str]:
    """Return the new text of each file outside the domain that changes."""
    renames = _renames(vocabulary, modules)
    old, new = vocabulary.old, vocabulary.new
    return {
        path: _in_strings(_renamed(root, path, text, renames), old, new, path)
        for path, text in _users(root, old.plural, own)
    }


def _users(root: Path, plural: str, own: Collection[str]) -> Iterator[tuple[str, str]]:
    for place in PLACES:
        for file in sorted((root / place).rglob("*.py")):
            path = str(file.relative_to(root))
            # Migrations stay as databases have run them.
            if path not in own and not path.startswith("migrations/"):
                text = file.read_text()
                # Parsing all files would take seconds.
                if path == ROUTER or (plural in text and any(imports_in(text, plural))):
                    yield path, text


def _renames(vocabulary: Vocabulary, modules: Modules) -> Renames:
    """Return the modules, and in each of them all names that change."""
    dotted = {".".join(old): ".".join(new) for old, new in modules.items()}
    names = {
        f"{module}.{old}": f"{dotted[module]}.{new}"
        for module in dotted
        for old, new in vocabulary.identifiers.items()
    }
    return Renames(modules=dotted, own_modules={}, names=names | dotted, calls={}, members=[])


def _renamed(root: Path, path: str, text: str, renames: Renames) -> str:
    return Renaming(Source(text), renames, root, Path(path)).rename(members=False)


def _in_strings(text: str, old: Names, new: Names, path: str) -> str:
    edits = [in_urls(old.plural, new.plural), in_sql(old.plural, new.plural)]
    wired: Mapping[str, str] = {
        f'"{old.plural}"': f'"{new.plural}"',
        f'"{old.title}"': f'"{new.title}"',
    }

    def new_text(segment: Segment) -> str:
        if segment.kind != token.STRING:
            return segment.text
        changed = segment.text
        for edit in edits:
            changed = edit(changed)
        return wired.get(changed, changed) if path in _WIRING else changed

    return replace_segments(text, new_text)
