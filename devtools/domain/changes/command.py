"""`dev.py add-field` and `dev.py remove-field`: into code that its owner has edited, or nothing."""

import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools.domain.changes.code_merge import CONFLICT
from devtools.domain.changes.plan import (
    Plan,
    plan_addition,
    plan_drop,
    plan_removal,
    require_committed,
)
from devtools.domain.new_domain import rewrite_documents
from devtools.domain.refusal import RefusedError

DONE, CONFLICTS, REFUSED = 0, 1, 2


def add_field(options: Namespace, root: Path) -> int:
    return _run(
        lambda: plan_addition(options.name, options.field, root, is_searched=options.search),
        options,
        root,
    )


def remove_field(options: Namespace, root: Path) -> int:
    plan = plan_drop if options.drop else plan_removal
    return _run(lambda: plan(options.name, options.field, root), options, root)


def _run(make_plan: Callable[[], Plan], options: Namespace, root: Path) -> int:
    try:
        plan = make_plan()
        require_committed([*plan.changed, *plan.new_files, *plan.unused], root)
    except RefusedError as error:
        sys.stderr.write(f"Nothing was changed.\n{error}\n")
        return REFUSED
    if options.dry_run:
        lines = _report_dry_run(plan)
    else:
        plan.carry_out(root)
        lines = _report(plan, options.name, _documents(plan, root))
    sys.stdout.write("\n".join([*lines, *_notes(plan)]) + "\n")
    return CONFLICTS if plan.conflicts else DONE


def _documents(plan: Plan, root: Path) -> list[str]:
    """Regenerate the documents, unless no code has changed or it cannot be imported yet."""
    if plan.conflicts or not any(path.startswith("app/") for path in plan.changed):
        return []
    try:
        return rewrite_documents(root)
    except subprocess.CalledProcessError:
        sys.stderr.write("The documents could not be generated: run `python3 dev.py docs`.\n")
        return []


def _report(plan: Plan, plural: str, documents: list[str]) -> Iterator[str]:
    yield "Changed:"
    yield from (f"  {path}" for path in [*plan.changed, *documents])
    if plan.new_files:
        yield "Written:"
        yield from (f"  {path}" for path in plan.new_files)
    if plan.unused:
        yield "Removed:"
        yield from (f"  {path}" for path in plan.unused)
    yield ""
    if plan.conflicts:
        yield "Conflicts, marked as git marks them:"
        yield from (f"  {path}" for path in plan.conflicts)
        yield "Choose in each file what is right, then: python3 dev.py docs"
    yield f"Test it:  python3 dev.py test tests/{plural} tests/domains -k {plural}"
    undo = f"git restore {' '.join([*plan.changed, *plan.unused, *documents])}"
    if plan.new_files:
        yield f"Undo it:  rm {' '.join(plan.new_files)}"
        undo = f"          {undo}"
    else:
        undo = f"Undo it:  {undo}"
    yield undo


def _report_dry_run(plan: Plan) -> Iterator[str]:
    yield "Would change:"
    yield from (f"  {path}" for path in plan.changed)
    yield "  the generated parts of the documents"
    yield from (f"Would remove {path}" for path in plan.unused)
    for path, text in plan.new_files.items():
        yield f"Would write {path}:"
        yield from (f"  {line}".rstrip() for line in text.splitlines())
    for path in plan.conflicts:
        yield f"Conflicts in {path}:"
        for found in CONFLICT.findall(plan.changed[path]):
            yield from (f"  {line}".rstrip() for line in found.splitlines())


def _notes(plan: Plan) -> Iterator[str]:
    if plan.notes:
        yield ""
        yield from plan.notes
