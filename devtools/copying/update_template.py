"""`dev.py update-template`: merge a newer template into this copy. Standard library only.

Both versions of the template are rendered with what this copy was made with, each by itself. Git
merges their difference, so that renames and conflicts are what a user of git expects; what stands
in neither, such as a domain of the copy's own, is never touched.
"""

import sys
import tempfile
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from devtools.copying import record
from devtools.copying.generated import adopt_generated
from devtools.copying.git import GitError, attempt, git, root_of
from devtools.copying.template_versions import Template, UnknownRevisionError, fetch_template

MERGED, CONFLICTS, USAGE = 0, 1, 2


class RefusedError(Exception):
    """Nothing has been changed; the message says why, and what to do."""


def update_template(options: Namespace, root: Path) -> int:
    try:
        origin = _require_ready(root)
        return _update(root, origin, options.source or origin.source, options.to)
    except (RefusedError, UnknownRevisionError, GitError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE


def _require_ready(root: Path) -> record.Record:
    if root_of(root) != root:
        raise RefusedError("This is no git checkout of its own: begin with `git init`, and commit")
    if git(root, "status", "--porcelain"):
        raise RefusedError("There are uncommitted changes: commit or stash them first")
    try:
        origin = record.read(root)
    except (FileNotFoundError, ValueError):
        raise RefusedError(NO_RECORD) from None
    if not origin.version:
        raise RefusedError(f"{record.FILE} names no version: write the template's commit into it")
    return origin


NO_RECORD = f"""{record.FILE} is missing or unreadable: it says what this copy was made from. Write
one, as `new-service` would have: {{"template": "catalog-service", "source": PATH OR URL,
"version": TAG OR COMMIT, "parameters": {{"name": "Order Service", "port": 8002,
"without_example": false}}}}"""


def _update(root: Path, origin: record.Record, source: str, to: str | None) -> int:
    with tempfile.TemporaryDirectory() as directory:
        template = fetch_template(source, Path(directory))
        old, new = template.commit(origin.version), template.commit(to)
        if old == new:
            sys.stdout.write(f"This copy already has {origin.version} of the template.\n")
            return MERGED
        base = _rendered(root, template, old, origin.parameters, parent=None)
        ahead = _rendered(root, template, new, origin.parameters, parent=base)
        version = template.name_of(new)
    merge = attempt(root, "cherry-pick", "--no-commit", "--allow-empty", ahead)
    unmerged = git(root, "diff", "--name-only", "--diff-filter=U").splitlines()
    if merge.returncode and not unmerged:
        raise RefusedError(merge.stderr.strip())
    record.write(root, replace(origin, source=source, version=version))
    git(root, "add", record.FILE)
    sys.stdout.write(_outcome(origin.version, version, unmerged))
    return CONFLICTS if unmerged else MERGED


def _rendered(
    root: Path, template: Template, commit: str, parameters: record.Parameters, parent: str | None
) -> str:
    """Store what the template makes of the parameters as a commit among the copy's objects."""
    folder = template.render(commit, parameters)
    adopt_generated(folder, root)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", commit)
    git(root, "fetch", "--quiet", folder, "HEAD")
    ancestors = ("-p", parent) if parent else ()
    return git(root, "commit-tree", "FETCH_HEAD^{tree}", *ancestors, "-m", f"Template {commit}")


def _outcome(old: str, new: str, unmerged: list[str]) -> str:
    if unmerged:
        files = "".join(f"  {name}\n" for name in unmerged)
        steps = "Resolve the conflicts, `git add` the files, then as below. To take it all back:\n"
        begin = f"Merged {old} -> {new} of the template, with conflicts in\n{files}{steps}"
        begin += "  git reset --hard\n"
    else:
        begin = f"Merged {old} -> {new} of the template, staged but not committed.\n"
    return f"""{begin}Next:
  python3 dev.py docs       what is generated from the code
  python3 dev.py test
  git diff --staged; git commit
"""
