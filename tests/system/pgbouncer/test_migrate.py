"""`migrate` through a real PgBouncer, and past it."""

import asyncio
import re
from pathlib import Path

import asyncpg

from app.config.settings import Settings
from app.infrastructure.database.migration import LOCK_KEY, migrate_service
from app.infrastructure.database.pool import SESSION
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.support.settings_and_clients import make_settings


async def test_migrate_leaves_no_lock_with_the_pooler(
    settings: Settings, direct: asyncpg.Connection
) -> None:
    for _ in range(3):
        await migrate_service(settings)
        assert await _advisory_locks(direct) == 0

    await asyncio.gather(*(migrate_service(settings) for _ in range(8)))

    assert await _advisory_locks(direct) == 0


async def _advisory_locks(direct: asyncpg.Connection) -> int:
    held: int = await direct.fetchval(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return held


async def test_migrate_waits_for_another_process_through_the_pooler(
    settings: Settings, direct: asyncpg.Connection
) -> None:
    async with direct.transaction():
        await direct.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        waiting = asyncio.create_task(migrate_service(settings))
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done

    await waiting


async def test_the_owner_migrates_and_sets_up_the_role_of_the_service(
    postgres: PrivatePostgres,
    auth_service: PrivateAuthService,
    tmp_path: Path,
) -> None:
    url = postgres.create_database("owned")
    postgres.query("CREATE ROLE clerk LOGIN PASSWORD 'clerk'", database="owned")
    clerk_url = re.sub(r"//[^@]*@", "//clerk:clerk@", url)
    settings = make_settings(
        clerk_url,
        auth_service.url,
        tmp_path,
        database_pooling="transaction",
        migrate_database_url=url,
    )

    await migrate_service(settings)

    clerk = await asyncpg.connect(clerk_url)
    assert await clerk.fetchval("SHOW statement_timeout") == SESSION["statement_timeout"]
    await clerk.close()
    owner = await asyncpg.connect(url)
    assert await owner.fetchval("SHOW statement_timeout") == "0"
    await owner.close()
