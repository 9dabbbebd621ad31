"""Run by Alembic: one transaction per migration, over a connection as the service makes it."""

import asyncio
import sys

from alembic import context
from sqlalchemy import Connection

from app.commands.failures import describe_failure
from app.config.settings import load_settings
from app.infrastructure.database.migration import migration_engine, migration_target
from app.infrastructure.database.migration_errors import (
    translate_migration_errors,
    translate_outages,
)


def run(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    target = migration_target(load_settings())
    with translate_outages(), translate_migration_errors():
        async with migration_engine(*target) as engine, engine.connect() as connection:
            await connection.run_sync(run)


def run_or_exit() -> None:
    """End the command `alembic` with one sentence, as `python -m app` does."""
    try:
        asyncio.run(run_from_command_line())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if (sentence := describe_failure(error)) is None:
            raise
        sys.exit(sentence)


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    run_or_exit()
