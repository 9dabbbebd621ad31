"""`dev.py update-template`: merge a newer template into this copy. Standard library only.

Both versions of the template are rendered with the parameters of this copy, each by its own code.
Git merges their difference, with renames and conflicts as in any merge. Files that only the copy
has, such as a domain, change only where they use a name that the new version has renamed.
"""

import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from devtools.copying import record
from devtools.copying.applied_migrations import keep_applied
from devtools.copying.generated import adopt_generated
from devtools.copying.git import GitError, attempt, git, root_of, unmerged_files
from devtools.copying.lock_files import take_pins
from devtools.copying.own_documents import edited_documents
from devtools.copying.template_versions import UnknownRevisionError, fetch_template
from devtools.domain.refusal import RefusedError

MERGED, CONFLICTS, USAGE = 0, 1, 2
# Of `--check`.
UP_TO_DATE, MERGES, WOULD_CONFLICT, UNKNOWN = 0, 1, 2, 3

NO_RECORD = f"""{record.FILE} is missing or unreadable: it names the origin of this copy. Write
one, as `new-service` would have: {{"template": "catalog-service", "source": PATH OR URL,
"version": TAG OR COMMIT, "parameters": {{"name": "Order Service", "port": 8002,
"without_example": false}}}}"""


def update_template(options: Namespace, root: Path) -> int:
    try:
        if options.check:
            return _check(root, options.source, options.to)
        origin = _require_ready(root)
        return _update(root, origin, options.source or origin.source, options.to)
    except (RefusedError, UnknownRevisionError, GitError) as error:
        sys.stderr.write(f"{error}\n")
        return UNKNOWN if options.check else USAGE


def _check(root: Path, source: str | None, to: str | None) -> int:
    """Try the update of the last commit in a clone, so that nothing of the copy changes."""
    repository = _require_repository(root)
    with tempfile.TemporaryDirectory() as directory:
        git(root, "clone", "--quiet", repository, f"{directory}/copy")
        clone = Path(directory).resolve() / "copy" / root.relative_to(repository)
        origin = _require_ready(clone)
        if (root / ".venv").exists():
            # Conflicts of imports are resolved with its ruff.
            (clone / ".venv").symlink_to(root / ".venv")
        status = _update(clone, origin, source or origin.source, to)
        is_new = record.read(clone) != origin
        if is_new:
            sys.stdout.write("This was a trial in a clone; nothing has changed here.\n")
    if status == CONFLICTS:
        return WOULD_CONFLICT
    return MERGES if is_new else UP_TO_DATE


def _require_repository(root: Path) -> Path:
    """Return the root of the repository; a copy may be one of its folders."""
    repository = root_of(root)
    if repository is None:
        raise RefusedError("This is not in a git repository: run `git init`, and commit")
    return repository


def _require_ready(root: Path) -> record.Record:
    _require_repository(root)
    # `cherry-pick` would refuse them, too, also those of other folders.
    if changes := git(root, "status", "--porcelain").splitlines():
        raise RefusedError(
            f"There are uncommitted changes, such as {changes[0][3:]}: commit them, or put them"
            " aside with `git stash --include-untracked`"
        )
    origin = record.find(root)
    if origin is None:
        raise RefusedError(NO_RECORD)
    if not origin.version:
        raise RefusedError(f"{record.FILE} has no version: write the template's commit into it")
    return origin


def _update(root: Path, origin: record.Record, source: str, to: str | None) -> int:
    with tempfile.TemporaryDirectory() as directory:
        template = fetch_template(source, Path(directory))
        generation, old = template.origin_of_copy(origin)
        made_from, new = origin.lineage()[generation], template.newer_commit(to)
        if old == new:
            version = record.shortened(made_from.version)
            sys.stdout.write(f"This copy already has {version} of the template.\n")
            return MERGED
        inside = root.relative_to(_require_repository(root))
        trees = [template.render(commit, made_from.parameters, inside) for commit in (old, new)]
        folders = [tree / inside for tree in trees]
        _exclude_from_merge(root, *folders)
        kept = [*keep_applied(root, *folders)]
        base = _commit(root, trees[0], old, parent=None)
        ahead = _commit(root, trees[1], new, parent=base)
        version, news = template.name_of(new), template.news(old, new)
    # Not `git merge`: the copy and the renderings have no common ancestor. `cherry-pick` merges
    # their difference, and adds neither a commit nor their history.
    merge = attempt(root, "cherry-pick", "--no-commit", "--allow-empty", ahead)
    unmerged = unmerged_files(root)
    if merge.returncode and not unmerged:
        raise RefusedError(merge.stderr.strip())
    locked = [*take_pins(root, unmerged)]
    unmerged = [name for name in unmerged if name not in locked]
    record.write(root, origin.updated(generation, source=source, version=version))
    git(root, "add", record.FILE)
    sys.stdout.write(f"New in the template:\n\n{news}\n" if news else "")
    sys.stdout.write("".join(map(_describe_kept, kept)))
    sys.stdout.write(_outcome(made_from.version, version, unmerged, locked))
    sys.stdout.flush()
    # In a new process, because the merged code contains the renames of its version.
    subprocess.run([sys.executable, "-m", "devtools.copying.renamed_names"], cwd=root, check=False)
    return CONFLICTS if unmerged_files(root) else MERGED


def _exclude_from_merge(root: Path, base: Path, ahead: Path) -> None:
    """Copy generated and edited documents into both renderings, so that they do not differ."""
    for folder in (base, ahead):
        adopt_generated(folder, root)
    for name in edited_documents(root, base):
        for folder in (base, ahead):
            shutil.copy2(root / name, folder / name)


def _commit(root: Path, tree: Path, revision: str, parent: str | None) -> str:
    """Store a rendering as a commit in the copy's repository, which has most of its files."""
    objects = root / git(root, "rev-parse", "--git-path", "objects")
    git(tree, "init", "--quiet")
    # Without --force, a global gitignore of the user would leave files out.
    git(tree, "add", "--all", "--force", objects=objects)
    written = git(tree, "write-tree", objects=objects)
    ancestors = ("-p", parent) if parent else ()
    message = f"Template {record.shortened(revision)}"
    return git(root, "commit-tree", written, *ancestors, "-m", message)


def _describe_kept(path: Path) -> str:
    return (
        f"{path}: not changed. The template has edited it, but your databases have run it;"
        " write a migration of your own if they need the difference\n"
    )


def _outcome(old: str, new: str, unmerged: list[str], locked: list[str]) -> str:
    merged = f"Merged {record.shortened(old)} -> {record.shortened(new)} of the template"
    if unmerged:
        files = "".join(f"  {name}\n" for name in unmerged)
        steps = "Resolve the conflicts, `git add` the files, go on as below. To undo the merge:\n"
        begin = f"{merged}, with conflicts in\n{files}{steps}"
        begin += "  git reset --hard\n"
    else:
        begin = f"{merged}, staged but not committed.\n"
    lock = f"  python3 dev.py lock       adds your own packages to {', '.join(locked)}\n"
    return f"""{begin}Next:
{lock if locked else ""}  python3 dev.py docs       updates the generated documents
  python3 dev.py test
  git add --all; git commit
"""
