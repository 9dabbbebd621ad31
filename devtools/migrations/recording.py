"""Run each migration on an empty database, and record its statements."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, event

from app.infrastructure.database.migration import SCRIPTS, migration_engine

# Of Alembic itself, and queries whose result a migration depends on.
_IGNORED = ("SELECT", "SHOW", "SET ")
_VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A migration as it ran; `exempt` maps rules that it may break to the reason."""

    path: Path
    statements: tuple[str, ...]
    exempt: dict[str, str]


async def record_migrations(dsn: str) -> list[Migration]:
    """Return the migrations in their order."""
    async with migration_engine(dsn, "session") as engine, engine.connect() as connection:
        return await connection.run_sync(_record_all)


def _record_all(connection: Connection) -> list[Migration]:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [_record(connection, config, script) for script in reversed(list(scripts))]


def _record(connection: Connection, config: Config, script: Script) -> Migration:
    statements: list[str] = []

    def add(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        text = statement.strip()
        if not text.upper().startswith(_IGNORED) and _VERSION_TABLE not in text:
            statements.append(text)

    event.listen(connection, "before_cursor_execute", add)
    command.upgrade(config, script.revision)
    event.remove(connection, "before_cursor_execute", add)
    exempt = getattr(script.module, "exempt", {})
    return Migration(path=Path(script.path), statements=tuple(statements), exempt=exempt)
