"""Connections to PostgreSQL, with the settings of their sessions."""

from typing import Any, TypeAlias

import asyncpg

import app
from app.config.database_url import Pooling, parse_database_url

# Generic for type checkers only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PooledConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# Four round trips (TLS negotiation, start-up, two for SCRAM) of at most half a second each.
CONNECT_SECONDS = 3
COMMAND_SECONDS = 4
ACQUIRE_SECONDS = 1
MAX_CACHED_STATEMENTS = 100

# A pooler accepts these when a connection starts, and refuses most others.
STARTUP = {"application_name": app.__slug__, "timezone": "UTC"}

# The server's limits are shorter than ours: its error arrives before the connection is closed.
SESSION = {
    "idle_in_transaction_session_timeout": "10s",
    # A search scans all entries that are not yet merged into the GIN index.
    "gin_pending_list_limit": "512kB",
    # Statements are shorter than the start of JIT compilation or of parallel workers.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # The planner expects matches to be spread over the whole table. Where they are not, a search
    # for the first ones reads all of it, unless an index is used.
    "enable_seqscan": "off",
    # A generic plan ignores how selective a search text is: see docs/LISTS.md.
    "plan_cache_mode": "force_custom_plan",
    # Longer than the server's deadlock_timeout (1 s): a deadlock must be detected before it
    # counts as a lock timeout, because then only its victim is retried.
    "lock_timeout": "1500ms",
    "statement_timeout": "3s",
}
_SET_SESSION = "; ".join(f"SET {name} = '{value}'" for name, value in SESSION.items())


async def connect(
    dsn: str,
    *,
    pooling: Pooling = "session",
    seconds: float = CONNECT_SECONDS,
    command_seconds: float | None = COMMAND_SECONDS,
) -> Connection:
    connection: Connection = await asyncpg.connect(
        **_arguments(dsn, pooling), timeout=seconds, command_timeout=command_seconds
    )
    if pooling == "session":
        try:
            await set_session(connection, seconds=seconds)
        except BaseException:
            connection.terminate()
            raise
    return connection


async def create_pool(dsn: str, *, size: int, pooling: Pooling = "session") -> Pool:
    """Create a pool that connects on demand, so that the server may be unavailable now."""
    return await asyncpg.create_pool(
        **_arguments(dsn, pooling),
        min_size=0,
        max_size=size,
        init=set_session if pooling == "session" else None,
        reset=_no_reset,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
    )


def _arguments(dsn: str, pooling: Pooling) -> dict[str, Any]:
    url = parse_database_url(dsn)
    return {
        **url.arguments,
        "server_settings": STARTUP | url.server_settings,
        # With transaction pooling the next transaction may be on a server connection that does
        # not know the statement.
        "statement_cache_size": 0 if pooling == "transaction" else MAX_CACHED_STATEMENTS,
    }


async def set_session(
    connection: "Connection | PooledConnection", *, seconds: float = CONNECT_SECONDS
) -> None:
    """Apply SESSION in one round trip. With transaction pooling, `migrate` applies it to the role.

    Not at the start of the connection: PgBouncer refuses parameters that it does not track.
    """
    await connection.execute(_SET_SESSION, timeout=seconds)


async def _no_reset(connection: object) -> None:
    """Save the round trip of a reset: statements never change session state."""
