"""Applying the migrations, by one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.pool import connect

SCRIPTS = Path(__file__).parents[3] / "migrations"

# Any number, as long as all processes that migrate this database use the same.
LOCK_KEY = 7_242_017_301
# While a statement waits for a table, all later users of that table wait behind it.
LOCK_TIMEOUT = "5s"
TURN_TIMEOUT = "120s"


async def migrate(dsn: str) -> None:
    """Bring the database to the newest version; safe to run twice, and by two at once."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        # An index on a large table takes as long as it takes.
        async_creator=lambda: connect(dsn, command_seconds=None),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET statement_timeout = 0"))
            await connection.execute(text(f"SET lock_timeout = '{TURN_TIMEOUT}'"))
            await connection.execute(text(f"SELECT pg_advisory_lock({LOCK_KEY})"))
            await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.commit()
            await connection.run_sync(_upgrade)
    except DBAPIError as error:
        if error.orig is not None and isinstance(error.orig.__cause__, OUTAGE):
            raise error.orig.__cause__ from None
        raise
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
