"""Merge a change of the fields into the code and the tests of a domain."""

import ast
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.wiring_rows import without_domain
from devtools.domain.blueprint import Blueprint
from devtools.domain.changes.three_way import merge
from devtools.domain.refusal import RefusedError
from devtools.domain.rendering import FILES, formatted, render
from devtools.domain.wiring import IMPORT_TARGETS, add_import_target

CONFLICT = re.compile(r"^<{7} .*?^>{7} .*?$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class CodeChange:
    """New texts by path; `conflicts` are paths, `missing` the test files that are gone.

    No domain with the new fields has the files `unused`; `edited` are those of them that the owner
    has edited, and that stay.
    """

    texts: dict[str, str]
    created: dict[str, str]
    conflicts: list[str]
    missing: list[str]
    unused: list[str]
    edited: list[str]


def merge_code(old: Blueprint, new: Blueprint, root: Path, label: str) -> CodeChange:
    """Merge the difference of both renderings into the files of the domain.

    Raises RefusedError if the record does not describe the code, or a file of it is missing.
    """
    _require_described(old, root)
    before, after = (_rendered(each, root) for each in (old, new))
    paths = [path for path in before if before[path] != after.get(path, before[path])]
    missing = [path for path in paths if not (root / path).exists()]
    if lost := [path for path in missing if not path.startswith("tests/")]:
        raise RefusedError(f"{lost[0]} is missing: put it where the other domains have it")
    present = {path: (root / path).read_text() for path in paths if path not in missing}
    for path, text in present.items():
        _require_parsed(text, path)
    gone = {path for path in before if path not in after and (root / path).exists()}
    edited = [path for path in sorted(gone) if (root / path).read_text() != before[path]]
    settings = root / "pyproject.toml"
    merged = {
        path: merge(text, before[path], after[path], label=label, settings=settings)
        for path, text in present.items()
    }
    return CodeChange(
        texts={path: each.text for path, each in merged.items()} | _wiring(old, new, root),
        created={
            path: text
            for path, text in after.items()
            if path not in before and not (root / path).exists()
        },
        conflicts=[path for path, each in merged.items() if each.conflicts],
        missing=missing,
        unused=sorted(gone - {*edited}),
        edited=edited,
    )


def _rendered(blueprint: Blueprint, root: Path) -> dict[str, str]:
    texts = render(blueprint)
    del texts[FILES["migration"].format(revision="", plural=blueprint.names.plural)]
    with tempfile.TemporaryDirectory() as stage:
        return formatted(texts, Path(stage), root / "pyproject.toml")


def _require_described(blueprint: Blueprint, root: Path) -> None:
    """Refuse a record whose fields are not those of the model."""
    names = blueprint.names
    path = FILES["model"].format(plural=names.plural, singular=names.singular)
    if not (root / path).exists():
        raise RefusedError(f"{path} is missing: put it where the other domains have it")
    found = _fields_of_class((root / path).read_text(), f"New{names.camel}", path)
    recorded = [field.name for field in blueprint.fields]
    if unknown := [name for name in found if name not in recorded]:
        raise RefusedError(
            f"The record of {names.plural} does not describe its code: {path} also has"
            f" {', '.join(unknown)}. Add that to the record as `new-domain` would spell it"
        )
    if lost := [name for name in recorded if name not in found]:
        raise RefusedError(
            f"The record of {names.plural} does not describe its code: {path} has no"
            f" {', '.join(lost)}. Take that out of the record"
        )


def _fields_of_class(text: str, name: str, path: str) -> list[str]:
    for each in _require_parsed(text, path).body:
        if isinstance(each, ast.ClassDef) and each.name == name:
            fields = (node for node in each.body if isinstance(node, ast.AnnAssign))
            return [ast.unparse(node.target) for node in fields]
    raise RefusedError(f"{path} has no class {name}: its record does not describe it")


def _require_parsed(text: str, path: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise RefusedError(f"{path} is not valid Python: see line {error.lineno}") from None


def _wiring(old: Blueprint, new: Blueprint, root: Path) -> dict[str, str]:
    """Return the targets of imports, if the unique field that rows are known by changes."""
    plural, file = new.names.plural, root / IMPORT_TARGETS
    old_key, new_key = (each.unique[0].name if each.unique else None for each in (old, new))
    if old_key == new_key:
        return {}
    if old_key is None:
        text = add_import_target(file.read_text(), new)
    elif new_key is None:
        text = without_domain(file, plural)
    else:
        row = f'resource="{plural}", key="{{}}"'
        text = file.read_text().replace(row.format(old_key), row.format(new_key))
    with tempfile.TemporaryDirectory() as stage:
        return formatted({IMPORT_TARGETS: text}, Path(stage), root / "pyproject.toml")
