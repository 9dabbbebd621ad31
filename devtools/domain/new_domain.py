"""`dev.py new-domain`: every layer of a domain, its tests and its wiring, or nothing."""

import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Collection, Iterator
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from devtools.domain.blueprint import Blueprint
from devtools.domain.field_parser import read_fields
from devtools.domain.names import read_names
from devtools.domain.refusal import RefusedError
from devtools.domain.rendering import formatted, render, write
from devtools.domain.wiring import wire

DONE, REFUSED = 0, 2


def new_domain(options: Namespace, root: Path) -> int:
    """Write the domain that was asked for, or say why not and write nothing."""
    try:
        blueprint = read_blueprint(options.name, options.singular, options.field, root)
        made, changed = make(blueprint, root)
    except RefusedError as error:
        sys.stderr.write(f"Nothing was written.\n{error}\n")
        return REFUSED
    if not options.dry_run:
        write({**made, **changed}, root)
        _rewrite_documents(root)
    sys.stdout.write("\n".join(_report(blueprint, made, changed, dry_run=options.dry_run)) + "\n")
    return DONE


def read_blueprint(name: str, singular: str | None, fields: list[str], root: Path) -> Blueprint:
    names = read_names(name, singular, root)
    return Blueprint(
        names=names,
        fields=read_fields(fields, names),
        revision=_next_revision(root),
        down_revision=_newest_revision(root),
    )


def make(blueprint: Blueprint, root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the texts of the new files, and of those that change."""
    made, changed = render(blueprint), wire(blueprint, root)
    if in_the_way := [path for path in made if (root / path).exists()]:
        raise RefusedError(f"{in_the_way[0]} exists already")
    with tempfile.TemporaryDirectory() as stage:
        texts = formatted({**made, **changed}, Path(stage), root / "pyproject.toml")
    return {path: texts[path] for path in made}, {path: texts[path] for path in changed}


def _rewrite_documents(root: Path) -> None:
    """Let a process that knows the new domain tell of its routes and events."""
    command = [sys.executable, "-m", "devtools", "docs"]
    subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours


def _newest_revision(root: Path) -> str:
    config = Config()
    config.set_main_option("script_location", str(root / "migrations"))
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) != 1:
        raise RefusedError(f"The migrations must end in one, not in {', '.join(heads) or 'none'}")
    return heads[0]


def _next_revision(root: Path) -> str:
    numbers = (path.name.partition("_")[0] for path in (root / "migrations/versions").glob("*.py"))
    return f"{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1:04}"


def _report(
    blueprint: Blueprint, made: dict[str, str], changed: Collection[str], *, dry_run: bool
) -> Iterator[str]:
    yield "Would write:" if dry_run else "Written:"
    yield from _tree(path for path, text in made.items() if text)
    yield "Would change:" if dry_run else "Changed:"
    yield from (f"  {path}" for path in changed)
    if not dry_run:
        names = blueprint.names
        yield ""
        yield f"Serve it: python3 dev.py run    (http://127.0.0.1:8000/api/v1/{names.plural})"
        yield f"Test it:  python3 dev.py test tests/{names.plural} tests/domains -k {names.plural}"


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
