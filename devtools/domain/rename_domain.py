"""`dev.py rename-domain`: give a domain another name in code, tests, wiring and table.

The domain is rendered under both names. Where their code differs, the code of the owner changes as
well; git merges what is left. Applied migrations stay, and a new one renames the table.
"""

import sys
from argparse import Namespace
from pathlib import Path

from devtools.copying.git import GitError, git, root_of
from devtools.copying.imports import tidy_imports
from devtools.domain.names import view_of
from devtools.domain.new_domain import DONE, REFUSED, rewrite_documents
from devtools.domain.refusal import RefusedError
from devtools.domain.remove_domain import mark_without_example
from devtools.domain.renaming.migrations import finish_text, path_of_finish
from devtools.domain.renaming.moves import require_committed
from devtools.domain.renaming.plan import Plan, make_plan
from devtools.domain.renaming.report import describe, describe_dry_run
from devtools.domain.rendering import write
from devtools.domain.revisions import newest_revision, next_revision

CONFLICTS = 1


def rename_domain(options: Namespace, root: Path) -> int:
    """Rename the domain `options.name`; if that is refused, print the reason, change nothing."""
    try:
        if options.finish:
            return _finish(options, root)
        plan = make_plan(options.name, options.new_name, options.singular, root)
        if not options.dry_run:
            require_committed(root)
    except (RefusedError, GitError) as error:
        sys.stderr.write(f"Nothing was changed.\n{error}\n")
        return REFUSED
    lines = (
        describe_dry_run(plan) if options.dry_run else describe(plan, _carry_out(plan, root), root)
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return CONFLICTS if plan.conflicts else DONE


def _carry_out(plan: Plan, root: Path) -> list[str]:
    """Write everything, and return which documents and records of the copy have changed, too."""
    _move(plan, root)
    write(plan.texts, root)
    code = {path for path in plan.texts if path.endswith(".py")} - {*plan.conflicts}
    tidy_imports(root, [Path(path) for path in sorted(code)])
    rewritten = [*mark_without_example(plan.vocabulary.old.plural, root)]
    if not plan.conflicts:
        rewritten += rewrite_documents(root)
    if root_of(root) is not None:
        # Then one command of git takes all of it back.
        git(root, "add", "--all", ".")
    return rewritten


def _move(plan: Plan, root: Path) -> None:
    for old, new in plan.moves.items():
        place = root / new
        place.parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(place)
    _remove_empty(plan, root)


def _remove_empty(plan: Plan, root: Path) -> None:
    """Remove the folders that are left, with what Python has compiled in them."""
    left = {folder for path in plan.moves for folder in (root / path).parents if folder != root}
    for folder in sorted(left, key=lambda each: len(each.parts), reverse=True):
        compiled = folder / "__pycache__"
        if folder.is_dir() and not [each for each in folder.iterdir() if each != compiled]:
            for file in compiled.glob("*"):
                file.unlink()
            if compiled.exists():
                compiled.rmdir()
            folder.rmdir()


def _finish(options: Namespace, root: Path) -> int:
    old, new = options.name, options.new_name
    if view_of(root, new) != old:
        raise RefusedError(f"No migration has left a view {old} of the table {new}")
    revision = next_revision(root)
    path = path_of_finish(old, revision)
    text = finish_text(old, new, revision=revision, down_revision=newest_revision(root))
    if options.dry_run:
        sys.stdout.write(f"Would write:\n  {path}    drops the view {old}\n")
    else:
        write({path: text}, root)
        sys.stdout.write(f"Written:\n  {path}    drops the view {old}\nUndo it:  rm {path}\n")
    return DONE
