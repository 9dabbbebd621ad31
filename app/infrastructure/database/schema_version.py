"""Compare the version of the database with the migrations of the code."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg

from app.infrastructure.database.pool import Connection

VERSIONS = Path(__file__).parents[3] / "migrations" / "versions"
MIGRATE = "run `python -m app migrate`"
NOT_MIGRATED = f"The database has not been migrated: {MIGRATE}"
OLDER = f"The database is older than the service: {MIGRATE}"
NEWER = "The database is newer than the service: deploy the version that migrated it"


@dataclass(frozen=True, kw_only=True)
class Migrations:
    """Revisions that the code knows, the newest among them, and those of several files."""

    known: frozenset[str]
    heads: frozenset[str]
    repeated: frozenset[str] = frozenset()

    def find_problem(self, found: frozenset[str]) -> str | None:
        """Say what is wrong with a database that has these revisions."""
        if not found and self.heads:
            return NOT_MIGRATED
        if found - self.known and self.known:
            return NEWER
        return OLDER if self.heads - found else None


@cache
def read_migrations() -> Migrations:
    """Read the revisions without importing Alembic and SQLAlchemy into every worker."""
    revisions = [dict(read_links(path)) for path in VERSIONS.glob("*.py")]
    found = Counter(str(each["revision"]) for each in revisions if "revision" in each)
    replaced: set[str] = set()
    for each in revisions:
        down = each.get("down_revision")
        replaced.update(down if isinstance(down, tuple | list) else {str(down)})
    return Migrations(
        known=frozenset(found),
        heads=frozenset(found.keys() - replaced),
        repeated=frozenset(name for name, count in found.items() if count > 1),
    )


def read_links(path: Path) -> Iterator[tuple[str, object]]:
    """Yield `revision` and `down_revision` of a migration, with their values."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}:
                yield target.id, ast.literal_eval(statement.value)  # type: ignore[attr-defined]


async def find_schema_problem(connection: Connection, *, seconds: float) -> str | None:
    """Say in one sentence why the service cannot use the tables. None if it can."""
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version", timeout=seconds)
    except asyncpg.UndefinedTableError:
        rows = []
    except asyncpg.InsufficientPrivilegeError:
        # The role may use the tables of the service without reading the version.
        return None
    return read_migrations().find_problem(frozenset(row["version_num"] for row in rows))
