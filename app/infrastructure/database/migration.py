"""Apply the migrations, in one process at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.config.database_url import Pooling, parse_database_url
from app.config.settings import Settings
from app.infrastructure.database.migration_errors import (
    require_one_head,
    translate_migration_errors,
    translate_outages,
)
from app.infrastructure.database.pool import SESSION, connect, set_session
from app.infrastructure.database.pool import Connection as DatabaseConnection

SCRIPTS = Path(__file__).parents[3] / "migrations"

# Any number; all processes that migrate this database must use the same one.
LOCK_KEY = 7_242_017_301
# While a statement waits for a lock on a table, all later statements on it queue behind.
LOCK_TIMEOUT = "5s"
QUEUE_SECONDS = 120
QUEUE_POLL_SECONDS = 0.2


async def migrate_service(settings: Settings) -> None:
    """Migrate the database of a service; with transaction pooling, also set up its role."""
    dsn, pooling = migration_target(settings)
    with translate_outages():
        if settings.database_pooling == "transaction":
            role = parse_database_url(settings.database_url.get_secret_value()).user
            async with _exclusive(dsn, pooling) as connection:
                await _store_session_settings(connection, role)
        await migrate(dsn, pooling=pooling)


def migration_target(settings: Settings) -> tuple[str, Pooling]:
    """Return the URL for migrations: MIGRATE_DATABASE_URL if set, which bypasses the pooler."""
    if settings.migrate_database_url is not None:
        return settings.migrate_database_url.get_secret_value(), "session"
    return settings.database_url.get_secret_value(), settings.database_pooling


async def migrate(dsn: str, *, pooling: Pooling = "session") -> None:
    """Migrate the database to the newest version; idempotent, and safe to run concurrently."""
    require_one_head()
    async with _exclusive(dsn, pooling), migration_engine(dsn, pooling) as engine:
        await _upgrade(engine)


@asynccontextmanager
async def migration_engine(dsn: str, pooling: Pooling) -> AsyncIterator[AsyncEngine]:
    """Make an engine whose transactions have the time limits of a migration."""

    async def open_connection(**_: object) -> DatabaseConnection:
        # Without a time limit: creating an index on a large table may take hours.
        connection = await connect(dsn, pooling=pooling, command_seconds=None)
        if pooling == "session":
            # For what a migration runs outside of transactions.
            await connection.execute("SET statement_timeout = 0")
        return connection

    # With transaction pooling a named statement may meet the same name of another client.
    arguments: dict[str, Any] = {
        "async_creator_fn": open_connection,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,
    }
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args=arguments, poolclass=NullPool
    )
    event.listen(engine.sync_engine, "begin", _set_time_limits)
    try:
        yield engine
    finally:
        await engine.dispose()


def _set_time_limits(connection: Connection) -> None:
    connection.exec_driver_sql(
        "SELECT set_config('statement_timeout', '0', true),"
        " set_config('idle_in_transaction_session_timeout', '0', true),"
        f" set_config('lock_timeout', '{LOCK_TIMEOUT}', true)"
    )


@asynccontextmanager
async def _exclusive(dsn: str, pooling: Pooling) -> AsyncIterator[DatabaseConnection]:
    """Hold the lock in a transaction of its own connection.

    A lock of the session would stay with the server connection of a transaction pooler. A process
    that waits holds no transaction, so that it cannot use up the pooler's connections.
    """
    connection = await connect(dsn, pooling=pooling)
    try:
        deadline = monotonic() + QUEUE_SECONDS
        transaction = connection.transaction()
        await transaction.start()
        while not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK_KEY):
            await transaction.rollback()
            if monotonic() > deadline:
                raise asyncpg.LockNotAvailableError("another process is migrating the database")
            await asyncio.sleep(QUEUE_POLL_SECONDS)
            transaction = connection.transaction()
            await transaction.start()
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection
        await transaction.commit()
    finally:
        # Also ends a transaction that has failed, and with it the lock.
        await connection.close()


async def _store_session_settings(connection: DatabaseConnection, role: str) -> None:
    """Store SESSION with the role of the service, for the server connections of a pooler."""
    database = await connection.fetchval("SELECT current_database()")
    for name, value in SESSION.items():
        await connection.execute(
            f"ALTER ROLE {_quote(role)} IN DATABASE {_quote(database)} SET {name} = '{value}'"
        )
    # This server connection was opened before, and the pooler may give it to the service.
    await set_session(connection)


def _quote(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


async def _upgrade(engine: AsyncEngine) -> None:
    with translate_migration_errors():
        async with engine.connect() as connection:
            await connection.run_sync(_run_migrations)


def _run_migrations(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
