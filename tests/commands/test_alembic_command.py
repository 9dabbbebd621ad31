"""Alembic's own command line, and the order of the migrations."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.infrastructure.database import migration, schema_version
from app.infrastructure.database.migration_errors import MigrationError
from app.infrastructure.database.schema_version import read_migrations
from devtools.ports import free_port
from devtools.postgres import PrivatePostgres
from tests.support.server import ROOT, make_environment

COMMANDS = (("current",), ("upgrade", "head"), ("downgrade", "-1"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A directory with the migrations of the service, without its `.env`."""
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    return tmp_path


def add_second_head(copy: Path) -> None:
    (copy / "migrations" / "versions" / "9999_second.py").write_text(
        'revision = "9999"\ndown_revision = "0001"\n\n\ndef upgrade() -> None: ...\n'
    )


async def run_alembic(copy: Path, url: str, *arguments: str) -> tuple[int, str]:
    environment = make_environment(url, "http://127.0.0.1:9/auth", copy)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", *arguments),
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment},
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, errors.decode()


def test_the_migrations_have_one_order() -> None:
    assert len(read_migrations().heads) == 1


@pytest.mark.parametrize("arguments", COMMANDS)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://user:a-password@127.0.0.1:{free_port()}/x", "nothing listens"),
        ("", "Settings: DATABASE_URL: is required and not set"),
        ("mysql://user:a-password@127.0.0.1/x", "Settings: DATABASE_URL: "),
    ],
    ids=["away", "unset", "mysql"],
)
async def test_a_database_that_cannot_be_reached_is_named_in_one_sentence(
    copy: Path, arguments: tuple[str, ...], url: str, said: str
) -> None:
    status, errors = await run_alembic(copy, url, *arguments)

    assert status == 1
    assert said in errors
    assert len(errors.splitlines()) == 1
    assert "a-password" not in errors


async def test_alembic_names_two_heads(copy: Path, migrated_url: str) -> None:
    add_second_head(copy)

    status, errors = await run_alembic(copy, migrated_url, "upgrade", "head")

    assert status != 0
    assert "Multiple head revisions" in errors
    assert "Traceback" not in errors


async def test_migrate_names_two_heads(
    copy: Path, postgres: PrivatePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = copy / "migrations" / "versions"
    monkeypatch.setattr(schema_version, "VERSIONS", versions)
    add_second_head(copy)
    read_migrations.cache_clear()
    try:
        with pytest.raises(MigrationError, match=r"^The migrations \d+ and 9999 have no order"):
            await migration.migrate(postgres.url)

        # As after a merge of two branches, each of which has a new domain.
        (second,) = versions.glob("9999_*.py")
        (versions / "9999_orders.py").write_text(second.read_text())
        read_migrations.cache_clear()
        with pytest.raises(MigrationError, match="Several migrations have the revision 9999"):
            await migration.migrate(postgres.url)
    finally:
        read_migrations.cache_clear()


async def test_a_migration_that_fails_is_one_sentence(
    copy: Path, postgres: PrivatePostgres
) -> None:
    (copy / "migrations" / "versions" / "9999_broken.py").write_text(
        "from alembic import op\n\n"
        f'revision = "9999"\ndown_revision = "{max(read_migrations().heads)}"\n\n\n'
        "def upgrade() -> None:\n    op.drop_table('no_such_table')\n"
    )
    url = postgres.create_database("broken_migration")

    status, errors = await run_alembic(copy, url, "upgrade", "head")

    assert (status, errors) == (1, 'A migration failed: table "no_such_table" does not exist\n')
