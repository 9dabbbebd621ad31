import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.infrastructure.database import migration
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.support.server import ROOT, make_environment


@pytest.fixture
def empty_url(postgres: PrivatePostgres) -> str:
    postgres.query('DROP DATABASE IF EXISTS "empty"')
    return postgres.create_database("empty")


async def run_migrate(url: str, auth: PrivateAuthService, directory: Path) -> tuple[int, str]:
    environment = make_environment(url, auth.url, directory)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "migrate"),
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment},
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (output if process.returncode == 0 else errors).decode()


async def test_parallel_and_repeated_migrations_succeed(
    empty_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> None:
    both = await asyncio.gather(*(run_migrate(empty_url, auth_service, tmp_path) for _ in range(2)))
    await migration.migrate(empty_url)

    assert both == [(0, "The database is up to date.\n")] * 2


async def test_an_unavailable_database_fails_with_one_line(
    auth_service: PrivateAuthService, tmp_path: Path
) -> None:
    url = "postgresql://somebody:a-password@127.0.0.1:1/nowhere"
    status, errors = await run_migrate(url, auth_service, tmp_path)

    assert status == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("The database is not available: ")
    assert "a-password" not in errors


async def test_a_migration_stops_waiting_for_a_held_lock(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "LOCK_TIMEOUT", "100ms")
    await migration.migrate(empty_url)
    holder = await asyncpg.connect(empty_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE alembic_version")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await migration.migrate(empty_url)
    await holder.close()

    await migration.migrate(empty_url)
