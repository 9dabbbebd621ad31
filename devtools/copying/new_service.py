"""`dev.py new-service`: this repository again, as another service. Standard library only."""

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from devtools.copying import record
from devtools.copying.example import remove_example
from devtools.copying.git import attempt, git, is_there
from devtools.copying.identity import TEMPLATE, Identity, NameRefusedError, new_identity, renamed
from devtools.copying.template_files import copy_template
from devtools.environment import ensure_environment

USAGE = 2


class RefusedError(Exception):
    """Nothing has been written; the message says why."""


def new_service(options: Namespace, root: Path) -> int:
    try:
        identity = new_identity(options.name, options.port)
        _require_empty(options.target, root)
    except (RefusedError, NameRefusedError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    parameters = record.Parameters(
        name=options.name, port=options.port, without_example=options.without_example
    )
    try:
        _write_files(root, options.target, identity, parameters)
        if not options.bare:
            _finish(root, options.target, parameters)
            sys.stdout.write(_next_steps(options.target, identity))
    except BaseException:
        shutil.rmtree(options.target, ignore_errors=True)
        raise
    return 0


def _write_files(
    root: Path, target: Path, identity: Identity, parameters: record.Parameters
) -> None:
    copy_template(root, target)
    (target / record.FILE).unlink(missing_ok=True)
    if parameters.without_example:
        remove_example(target)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _rename(path, identity)


def _finish(root: Path, target: Path, parameters: record.Parameters) -> None:
    if parameters.without_example:
        _rewrite_documents(target)
    origin = record.Record(
        template=TEMPLATE.slug,
        source=record.source_of(root),
        version=record.version_of(root),
        parameters=parameters,
    )
    record.write(target, origin)
    if is_there():
        _begin_history(target, origin)


def _rewrite_documents(target: Path) -> None:
    """Some are made from the code, by code that needs the dependencies."""
    command = [str(ensure_environment()), "-m", "devtools", "docs"]
    subprocess.run(  # noqa: S603 - our own module
        command,
        cwd=target,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    # What it remembers of where it ran is not the copy's.
    shutil.rmtree(target / ".dev", ignore_errors=True)


def _require_empty(target: Path, root: Path) -> None:
    if target.is_relative_to(root):
        raise RefusedError(f"{target} lies inside this repository: choose a place beside it")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RefusedError(f"{target} is there already and not empty")


def _rename(path: Path, identity: Identity) -> None:
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    path.write_text(renamed(text, identity))


def _begin_history(target: Path, origin: record.Record) -> None:
    attempt(target, "init", "--quiet", "--initial-branch=main")
    git(target, "add", "--all")
    message = f"{origin.parameters.name}, made from {origin.template} {origin.version}".strip()
    git(target, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", message)


def _next_steps(target: Path, identity: Identity) -> str:
    return f"""{identity.title} is in {target}. Next:
  cd {target}
  python3 dev.py run        it serves http://127.0.0.1:{identity.port}
  python3 dev.py test
Say in app/__init__.py and README.md what it is for.
"""
