"""The database of a command that ends by itself."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase

ONE_CONNECTION = {"database_pool_size": 1, "database_pool_min_size": 0}
# The user of a command sees that it takes long; its output has other lines.
NO_SLOW_STATEMENTS = {"slow_statement_ms": 0}


@asynccontextmanager
async def open_command_database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    """Open one connection on demand; a database that is newer than the code is named and tried."""
    own = settings.model_copy(update=ONE_CONNECTION | NO_SLOW_STATEMENTS)
    async with open_database(own) as database:
        if database.is_up and (reason := database.not_ready_reason) is not None:
            sys.stderr.write(f"{reason}\n")
        yield database
