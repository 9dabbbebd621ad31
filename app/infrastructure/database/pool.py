"""How this service connects to PostgreSQL."""

from typing import TypeAlias

import asyncpg

import app

# Generic to a type checker only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PooledConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# Four round trips (TLS or not, start-up, twice SCRAM): enough for half a second each.
CONNECT_SECONDS = 3
COMMAND_SECONDS = 4
ACQUIRE_SECONDS = 1

# The server gives up first, so that its error and not a dead connection reaches us.
SESSION = {
    "application_name": app.__slug__,
    "idle_in_transaction_session_timeout": "10s",
    # A search reads the whole list of what is not yet in its index.
    "gin_pending_list_limit": "512kB",
    # Statements here take less time than compiling or forking for them would.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # A plan for any value at all does not know whether a search is rare: see docs/LISTS.md.
    "plan_cache_mode": "force_custom_plan",
    # Longer than the server's deadlock_timeout (1 s): a deadlock must be found before it is
    # taken for a long wait, since only its victim is tried again.
    "lock_timeout": "1500ms",
    "statement_timeout": "3s",
    "timezone": "UTC",
}


async def connect(
    dsn: str, *, seconds: float = CONNECT_SECONDS, command_seconds: float | None = COMMAND_SECONDS
) -> Connection:
    return await asyncpg.connect(
        dsn, timeout=seconds, command_timeout=command_seconds, server_settings=SESSION
    )


async def create_pool(dsn: str, *, size: int) -> Pool:
    """Make a pool that connects on demand, so that it can be made while the server is down."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        reset=_no_reset,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings=SESSION,
    )


async def _no_reset(connection: object) -> None:
    """Save a round trip per use: no session state is ever set."""
