"""Compare the private database with the migrations of this branch."""

import ast
import hashlib
import json
from pathlib import Path

from app.infrastructure.database.schema_version import VERSIONS, read_migrations
from devtools.postgres import PrivatePostgres
from devtools.processes import ServerError
from devtools.state import DevState
from devtools.stored_text import read_text, write_text

WAY_OUT = "delete it with: python3 dev.py reset"
_HAS_REVISIONS = "SELECT to_regclass('alembic_version')"


def require_known_revisions(postgres: PrivatePostgres, database: str) -> None:
    """Raise ServerError if other code, such as another branch, has migrated the database."""
    unknown = _find_revisions(postgres, database) - read_migrations().known
    if unknown:
        raise ServerError(
            f"The private database has the migration {', '.join(sorted(unknown))}, which is not in"
            f" migrations/versions: switch to the branch that has it, or {WAY_OUT}"
        )


def find_changed_migrations(state: DevState) -> list[str]:
    """Return the files that say something else than when they were applied."""
    applied = json.loads(read_text(state.migrations) or "{}")
    return [name for name, digest in _digests().items() if applied.get(name, digest) != digest]


def record_applied_migrations(state: DevState) -> None:
    """Record what was applied; a file keeps the digest with which it was applied first."""
    applied = json.loads(read_text(state.migrations) or "{}")
    write_text(state.migrations, json.dumps(_digests() | applied))


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
