"""Names that PostgreSQL has once in a schema: of tables, indexes, unique constraints, sequences.

`total` of `orders_items` and `items_total` of `orders` would both be sorted by an index
`orders_items_total_walk`.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from devtools.domain.changes.history import read_history
from devtools.domain.changes.table import Table
from devtools.domain.names import tables
from devtools.domain.refusal import RefusedError


def refuse_taken_relations(table: Table, root: Path, *, present: Table | None = None) -> None:
    """Raise RefusedError if another table of the service has a name that this one would get.

    `present` is the table as it is now, perhaps under another name.
    """
    own = {table.name} if present is None else {table.name, present.name}
    new = {*relations_of(table)} - ({*relations_of(present)} if present else set())
    for other, name in sorted(_others(root, table.name, own)):
        if name in new:
            holder = "is a table already" if name == other else f"belongs to {other} already"
            raise RefusedError(
                f"{table.name}: the name {name} {holder}, and PostgreSQL allows it once;"
                " give the field or the domain another name"
            )


def relations_of(table: Table) -> Iterator[str]:
    """Yield the names; constraints other than keys have theirs within the table only."""
    yield from (table.name, f"{table.name}_id_seq", f"{table.name}_pkey")
    yield from (*table.indexes, *table.keys)


def _others(root: Path, name: str, own: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each other table or view with the names that belong to it."""
    for other in tables(root) - {*own}:
        yield other, other
        # The names begin with that of their table, so that only such tables can share one.
        if other.startswith(f"{name}_") or name.startswith(f"{other}_"):
            yield from ((other, each) for each in _relations_made(root, other))


def _relations_made(root: Path, table: str) -> Iterator[str]:
    """Yield what migrations have made, also by hand, as far as they are plain SQL."""
    try:
        made, _ = read_history(table, root)
    except RefusedError:
        return
    yield from relations_of(made)
