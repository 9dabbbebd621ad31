"""Create the table of the test domain by its generated migration, outside the version history."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.infrastructure.database.pool import connect
from tests.widgets import migration


async def create_table(dsn: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(dsn, command_seconds=None),
        poolclass=NullPool,
    )
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)
    await engine.dispose()


def _upgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()
