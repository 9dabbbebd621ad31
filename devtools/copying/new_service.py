"""`dev.py new-service`: copy this repository as another service. Standard library only."""

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from devtools.copying import record
from devtools.copying.domain_files import has_domain, remove_domain
from devtools.copying.git import is_installed
from devtools.copying.identity import TEMPLATE, Identity, new_identity, renamed, require_distinctive
from devtools.copying.own_documents import write_own_documents
from devtools.copying.place import GIT, Place, describe_uncommitted, find_place
from devtools.copying.template_files import copy_template
from devtools.copying.template_only import remove_template_only
from devtools.domain.refusal import RefusedError
from devtools.environment import ensure_environment

EXAMPLE = "products"
# The MIT licence requires that its notice, with the name of the holder, stays in every copy.
NOT_RENAMED = "LICENSE"
USAGE = 2
_INSIDE = """\
  git add . && git commit   this is a folder of a repository, and has no history of its own
"""


def new_service(options: Namespace, root: Path) -> int:
    try:
        identity = new_identity(options.name, options.port)
        # An update writes the files of a copy that has its name already.
        if not options.bare:
            require_distinctive(identity)
        _make(options, root, identity, find_place(options.target, root))
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return 0


def _make(options: Namespace, root: Path, identity: Identity, place: Place) -> None:
    """Create the service; leave the target as it was if that fails."""
    parameters = record.Parameters(
        name=options.name, port=options.port, without_example=options.without_example
    )
    try:
        _write_files(root, options.target, identity, parameters)
        if not options.bare:
            _finish(root, place, parameters)
            sys.stdout.write(_next_steps(place, identity) + describe_uncommitted(root))
    except BaseException:
        place.clear()
        raise


def _write_files(
    root: Path, target: Path, identity: Identity, parameters: record.Parameters
) -> None:
    copy_template(root, target)
    (target / record.FILE).unlink(missing_ok=True)
    # The source may be a copy without the example.
    if parameters.without_example and has_domain(target, EXAMPLE):
        remove_domain(target, EXAMPLE)
    remove_template_only(target)
    for path in _files_of(target):
        _rename(path, identity)
    write_own_documents(target, identity)


def _files_of(target: Path) -> Iterator[Path]:
    """Yield the files that have names of the template; the clone in `.git` has none."""
    for path in target.rglob("*"):
        inside = path.relative_to(target)
        if path.is_file() and not path.is_symlink() and inside.parts[0] not in (NOT_RENAMED, GIT):
            yield path


def _finish(root: Path, place: Place, parameters: record.Parameters) -> None:
    if parameters.without_example:
        _rewrite_documents(place.target)
    origin = record.Record(
        template=TEMPLATE.slug,
        source=record.source_of(root),
        version=record.version_of(root),
        parameters=parameters,
        parent=record.find(root),
    )
    record.write(place.target, origin)
    if is_installed() and not place.is_inside_another:
        made_from = f"{origin.template} {record.shortened(origin.version)}".strip()
        place.commit(f"{parameters.name}, made from {made_from}")


def _rewrite_documents(target: Path) -> None:
    """Run `dev.py docs` in the target: parts of the documents are generated from its code."""
    command = [str(ensure_environment()), "-m", "devtools", "docs"]
    subprocess.run(  # noqa: S603 - our own module
        command,
        cwd=target,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    # The state of dev.py contains the path of the folder in which it ran.
    shutil.rmtree(target / ".dev", ignore_errors=True)


def _rename(path: Path, identity: Identity) -> None:
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    # Few files have a name of the template.
    if (result := renamed(text, identity)) != text:
        path.write_text(result)


def _next_steps(place: Place, identity: Identity) -> str:
    return f"""{identity.title} is in {place.target}. Next:
  cd {place.target}
{_INSIDE if place.is_inside_another else ""}\
  python3 dev.py run        serves http://127.0.0.1:{identity.port}
  python3 dev.py test
Replace two lines with TODO: the purpose in README.md, a contact for vulnerabilities in SECURITY.md.
LICENSE is the template's (MIT): keep its notice, and choose a licence for your own work.
"""
