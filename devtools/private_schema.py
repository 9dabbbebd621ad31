"""Compare the private database with the migrations of this branch."""

import ast
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from app.infrastructure.database.schema_version import VERSIONS, read_links, read_migrations
from devtools.postgres import PrivatePostgres
from devtools.processes import ServerError
from devtools.state import DevState
from devtools.stored_text import read_text, write_text

WAY_OUT = "delete it with: python3 dev.py reset"
_HAS_REVISIONS = "SELECT to_regclass('alembic_version')"


def require_own_history(postgres: PrivatePostgres, database: str, state: DevState) -> None:
    """Raise ServerError if other code, such as another branch, has migrated the database."""
    found = _find_revisions(postgres, database)
    if unknown := found - read_migrations().known:
        raise ServerError(
            f"The private database has the migration {', '.join(sorted(unknown))}, which is not in"
            f" migrations/versions: switch to the branch that has it, or {WAY_OUT}"
        )
    if skipped := find_skipped_migrations(found, state):
        raise ServerError(
            f"The private database has run other migrations with the numbers of"
            f" {', '.join(skipped)}: switch to the branch that has them, or {WAY_OUT}"
        )


def find_skipped_migrations(found: frozenset[str], state: DevState) -> list[str]:
    """Return the files up to the revisions of the database whose number another one had.

    One that `dev.py run` does not know may have been run by `python -m app migrate`.
    """
    applied = _read_applied(state)
    numbers = {_number(name) for name in applied}
    files = {str(links["revision"]): (name, links) for name, links in _links().items()}
    skipped, revisions = set[str](), [*found]
    while revisions:
        name, links = files.get(revisions.pop(), ("", {}))
        is_other = name not in applied and _number(name) in numbers
        if is_other and _digest(VERSIONS / name) not in applied.values():
            skipped.add(name)
        down = links.get("down_revision")
        revisions += down if isinstance(down, tuple | list) else [str(down)] if down else []
    return sorted(skipped)


def find_changed_migrations(state: DevState) -> list[str]:
    """Return the files that say something else than when they were applied."""
    applied = _read_applied(state)
    return [name for name, digest in _digests().items() if applied.get(name, digest) != digest]


def record_applied_migrations(state: DevState) -> None:
    """Record what was applied; a file keeps the digest with which it was applied first."""
    write_text(state.migrations, json.dumps(_digests() | _read_applied(state)))


def describe_changes(names: list[str]) -> str:
    return (
        f"{', '.join(names)} changed after it was applied to the private database, which may not"
        f" fit the code any more: add a migration, or {WAY_OUT}"
    )


def _find_revisions(postgres: PrivatePostgres, database: str) -> frozenset[str]:
    if not postgres.query(_HAS_REVISIONS, database=database):
        return frozenset()
    found = postgres.query("SELECT version_num FROM alembic_version", database=database)
    return frozenset(found.split())


def _read_applied(state: DevState) -> dict[str, str]:
    applied: dict[str, str] = json.loads(read_text(state.migrations) or "{}")
    return applied


def _number(name: str) -> str:
    return name.partition("_")[0]


def _links() -> dict[str, Mapping[str, object]]:
    links = {path.name: dict(read_links(path)) for path in sorted(VERSIONS.glob("*.py"))}
    return {name: each for name, each in links.items() if "revision" in each}


def _digests() -> dict[str, str]:
    """Digest the code of each migration without its docstrings, comments and layout."""
    return {path.name: _digest(path) for path in sorted(VERSIONS.glob("*.py"))}


def _digest(path: Path) -> str:
    tree = ast.parse(path.read_text("utf-8"))
    statements = [each for each in tree.body if not _is_text(each) and not _is_link(each)]
    return hashlib.sha256("\n".join(map(ast.dump, statements)).encode()).hexdigest()


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_link(statement: ast.stmt) -> bool:
    """Return True for `down_revision`, which an update of the template may change."""
    if isinstance(statement, ast.AnnAssign):
        return ast.unparse(statement.target) == "down_revision"
    return (
        isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "down_revision"
    )
