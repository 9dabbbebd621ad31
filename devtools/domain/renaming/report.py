"""Terminal output of `rename-domain`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from devtools.domain.renaming.leftovers import leftovers_of
from devtools.domain.renaming.moves import folders_of
from devtools.domain.renaming.plan import Plan

_SHOWN = 20


def describe_dry_run(plan: Plan) -> Iterator[str]:
    yield "Would move:"
    yield from _moves(plan)
    yield "Would change:"
    yield from (f"  {path}" for path in plan.changed)
    yield "  the generated parts of the documents"
    yield "Would write:"
    yield f"  {plan.migration}"
    if plan.conflicts:
        yield "Conflicts would be marked in:"
        yield from (f"  {path}" for path in plan.conflicts)


def describe(plan: Plan, rewritten: Iterable[str], root: Path) -> Iterator[str]:
    old, new = plan.vocabulary.old, plan.vocabulary.new
    yield "Moved:"
    yield from _moves(plan)
    yield "Changed:"
    yield from (f"  {path}" for path in [*plan.changed, *rewritten])
    yield "Written:"
    yield f"  {plan.migration}    renames the table; a view {old.plural} serves old processes"
    yield ""
    if plan.conflicts:
        yield "Conflicts are marked in these files; resolve them, then run python3 dev.py docs:"
        yield from (f"  {path}" for path in plan.conflicts)
    yield "New for clients and receivers:"
    sends_events = f'"{old.singular}.created"' in plan.vocabulary.texts
    events = f", events {new.singular}.created and so on" if sends_events else ""
    yield f"  URLs /api/v1/{new.plural}{events}"
    if named := [*leftovers_of(root, old)]:
        yield "These still have its old URL or table; see whether they must change:"
        yield from (f"  {place}" for place in named[:_SHOWN])
        yield from (f"  and {len(named) - _SHOWN} more lines" for _ in named[_SHOWN : _SHOWN + 1])
    yield f"Test it:  python3 dev.py test tests/{new.plural} tests/domains -k {new.plural}"
    yield "Undo it:  git reset --hard"
    yield "Later, when no process of earlier releases runs:"
    yield f"  python3 dev.py rename-domain {old.plural} {new.plural} --finish"


def _moves(plan: Plan) -> Iterator[str]:
    names = plan.vocabulary
    pairs = zip(folders_of(names.old.plural), folders_of(names.new.plural), strict=True)
    yield from (f"  {old}/ -> {new}/" for old, new in pairs)
    for old, new in plan.moves.items():
        if old.startswith("devtools/"):
            yield f"  {old} -> {new}"
