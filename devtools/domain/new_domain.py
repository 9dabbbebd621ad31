"""`dev.py new-domain`: write every layer of a domain, its tests and its wiring, or nothing."""

import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from devtools.copying.generated import FILES, documents
from devtools.domain.blueprint import Blueprint
from devtools.domain.changes.table import table_of
from devtools.domain.choice_checks import refuse_bad_choices
from devtools.domain.choices import NO_CHOICES, Choices
from devtools.domain.field_parser import read_fields
from devtools.domain.names import LAYERS, read_names
from devtools.domain.record import DomainRecord, record_path, record_text
from devtools.domain.references import refuse_bad_references
from devtools.domain.refusal import RefusedError
from devtools.domain.relations import refuse_taken_relations
from devtools.domain.rendering import formatted, render, write
from devtools.domain.revisions import newest_revision, next_revision
from devtools.domain.wiring import wire

DONE, REFUSED = 0, 2


def new_domain(options: Namespace, root: Path) -> int:
    """Write the requested domain; if it is refused, print the reason and write nothing."""
    try:
        choices = Choices(
            unique=options.unique,
            sort_by=options.sort_by,
            no_search=options.no_search,
            public_read=options.public_read,
            no_events=options.no_events,
        )
        blueprint = read_blueprint(options.name, options.singular, options.field, root, choices)
        created, changed = make(blueprint, root)
        record = DomainRecord(
            plural=options.name,
            singular=blueprint.names.singular,
            fields=options.field,
            **asdict(choices),
        )
        created[record_path(record.plural)] = record_text(record)
    except RefusedError as error:
        sys.stderr.write(f"Nothing was written.\n{error}\n")
        return REFUSED
    if not options.dry_run:
        write({**created, **changed}, root)
        rewritten = rewrite_documents(root)
        lines = _report(blueprint, created, [*changed, *rewritten])
    else:
        lines = _report_dry_run(created, changed)
    sys.stdout.write("\n".join([*lines, *_notes(blueprint, options.singular)]) + "\n")
    return DONE


def read_blueprint(
    name: str,
    singular: str | None,
    fields: list[str],
    root: Path,
    choices: Choices = NO_CHOICES,
) -> Blueprint:
    names = read_names(name, singular, root)
    read = read_fields(fields, names)
    refuse_bad_references(name, read, root)
    refuse_bad_choices(choices, read)
    blueprint = Blueprint(
        names=names,
        fields=read,
        revision=next_revision(root),
        down_revision=newest_revision(root),
        choices=choices,
    )
    refuse_taken_relations(table_of(blueprint), root)
    return blueprint


def make(blueprint: Blueprint, root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts of the new and of the changed files, by path."""
    created, changed = render(blueprint), wire(blueprint, root)
    if existing := [path for path in created if (root / path).exists()]:
        raise RefusedError(f"{existing[0]} exists already")
    with tempfile.TemporaryDirectory() as stage:
        texts = formatted({**created, **changed}, Path(stage), root / "pyproject.toml")
    return {path: texts[path] for path in created}, {path: texts[path] for path in changed}


def rewrite_documents(root: Path) -> list[str]:
    """Update the generated documents in a new process, which imports the new domain.

    Return the paths of those that have changed.
    """
    paths = [*documents(root), *(root / name for name in FILES)]
    before = {path: path.read_text() for path in paths}
    command = [sys.executable, "-m", "devtools", "docs"]
    subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours
    changed = [path for path in paths if path.read_text() != before[path]]
    return sorted(str(path.relative_to(root)) for path in changed)


def _notes(blueprint: Blueprint, given: str | None) -> Iterator[str]:
    """Mention a setting, and a guess that may be wrong: more than a final `s` was removed."""
    if blueprint.choices.public_read:
        yield ""
        yield "With PUBLIC_READS=true, its reads need no token; the setting is false by default."
    names = blueprint.names
    if given is None and f"{names.singular}s" != names.plural:
        yield ""
        yield f"The singular of {names.plural} was guessed as {names.singular}. If that is wrong,"
        yield "undo this, and repeat it with --singular."


def _report(
    blueprint: Blueprint, created: dict[str, str], changed: Collection[str]
) -> Iterator[str]:
    names = blueprint.names
    yield "Written:"
    yield from _tree(path for path, text in created.items() if text)
    yield "Changed:"
    yield from (f"  {path}" for path in changed)
    yield ""
    yield f"Serve it: python3 dev.py run    (http://127.0.0.1:8000/api/v1/{names.plural})"
    yield f"Test it:  python3 dev.py test tests/{names.plural} tests/domains -k {names.plural}"
    yield f"Undo it:  rm -r app/{{{','.join(LAYERS)}}}/{names.plural} tests/{names.plural} \\"
    yield f"              migrations/versions/{blueprint.revision}_{names.plural}.py \\"
    yield f"              {record_path(names.plural)}"
    yield f"          git restore {' '.join(changed)}"
    yield "          (this also discards other uncommitted edits of these files)"


def _report_dry_run(created: dict[str, str], changed: Collection[str]) -> Iterator[str]:
    yield "Would write:"
    yield from _tree(path for path, text in created.items() if text)
    yield "Would change:"
    yield from (f"  {path}" for path in changed)
    yield "  the generated parts of the documents"


def _tree(paths: Iterator[str]) -> Iterator[str]:
    shown: set[str] = set()
    for path in sorted(paths):
        *folders, name = path.split("/")
        for depth in range(len(folders)):
            folder = "/".join(folders[: depth + 1])
            if folder not in shown:
                shown.add(folder)
                yield f"{'  ' * (depth + 1)}{folders[depth]}/"
        yield f"{'  ' * (len(folders) + 1)}{name}"
