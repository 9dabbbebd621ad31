"""Everything that a rename of a domain changes, computed before anything is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from devtools.copying.domain_files import has_domain
from devtools.domain.changes.field_lists import blueprint_of_code, blueprint_of_table
from devtools.domain.changes.table import table_of
from devtools.domain.names import Names, read_names, require_no_view
from devtools.domain.record import FOLDER, DomainRecord, read_record, record_path, record_text
from devtools.domain.refusal import RefusedError
from devtools.domain.relations import refuse_taken_relations
from devtools.domain.renaming.migrations import path_of_rename, rename_text
from devtools.domain.renaming.moves import find_modules, find_moves
from devtools.domain.renaming.other_files import rename_uses
from devtools.domain.renaming.own_files import rename_own_code
from devtools.domain.renaming.vocabulary import (
    Vocabulary,
    read_vocabulary,
    renderings,
    require_unused,
)
from devtools.domain.revisions import newest_revision, next_revision
from devtools.domain.uses import imports_in


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`moves` are the new paths of files, `texts` the new texts by their new paths."""

    vocabulary: Vocabulary
    moves: dict[str, str]
    texts: dict[str, str]
    migration: str
    conflicts: list[str]

    @property
    def changed(self) -> list[str]:
        """Paths of the files that stay where they are."""
        return sorted(self.texts.keys() - self.moves.values() - {self.migration})


def make_plan(plural: str, new_plural: str, singular: str | None, root: Path) -> Plan:
    """Raise RefusedError if the domain cannot get this name."""
    record, new = _read(plural, new_plural, singular, root)
    renamed = replace(record, plural=new.plural, singular=new.singular)
    present, table = (table_of(blueprint_of_table(each)) for each in (record, renamed))
    refuse_taken_relations(table, root, present=present)
    old = Names(plural=record.plural, singular=record.singular)
    rendered = renderings(blueprint_of_code(record), blueprint_of_code(renamed))
    vocabulary = read_vocabulary(old, new, rendered)
    moves = find_moves(root, old, new)
    modules = find_modules(moves)
    sources = {path: (root / path).read_text() for path in moves if path.endswith(".py")}
    require_unused(vocabulary, sources)
    own = rename_own_code(sources, rendered, vocabulary, modules, root / "pyproject.toml")
    migration = path_of_rename(plural, new.plural, next_revision(root))
    texts = {moves[path]: text for path, text in own.texts.items()}
    texts |= rename_uses(root, vocabulary, modules, moves)
    _require_complete(texts, plural)
    texts |= _records(root, record, renamed)
    texts[migration] = rename_text(
        plural, new.plural, revision=next_revision(root), down_revision=newest_revision(root)
    )
    conflicts = [moves[path] for path in own.conflicts]
    return Plan(
        vocabulary=vocabulary, moves=moves, texts=texts, migration=migration, conflicts=conflicts
    )


def _read(
    plural: str, new_plural: str, singular: str | None, root: Path
) -> tuple[DomainRecord, Names]:
    if not re.fullmatch(r"[a-z0-9_]+", plural) or not has_domain(root, plural):
        raise RefusedError(f"{plural} is not a domain of this service")
    require_no_view(root, plural)
    return read_record(root, plural), read_names(new_plural, singular, root, renamed=plural)


def _records(root: Path, record: DomainRecord, renamed: DomainRecord) -> dict[str, str]:
    """Return the new record, and those of other domains that refer to this one."""
    return dict(_references(root, record.plural, renamed.plural)) | {
        record_path(renamed.plural): record_text(renamed)
    }


def _references(root: Path, old: str, new: str) -> Iterator[tuple[str, str]]:
    for file in sorted((root / FOLDER).glob("*.json")):
        text = file.read_text()
        renamed = re.sub(rf"\bref\({old}\)", f"ref({new})", text)
        if renamed != text and file.stem != old:
            yield f"{FOLDER}/{file.name}", renamed


def _require_complete(texts: dict[str, str], plural: str) -> None:
    """Refuse to leave an import of the old name, such as `import app.models.orders`."""
    for path, text in texts.items():
        for line, what in _uses(text, plural):
            raise RefusedError(
                f"{path}:{line}: {what}, which cannot be renamed: write it otherwise"
            )


def _uses(text: str, plural: str) -> Iterator[tuple[int, str]]:
    try:
        yield from imports_in(text, plural)
    except SyntaxError:
        # Its conflicts are marked; the owner resolves them.
        return
