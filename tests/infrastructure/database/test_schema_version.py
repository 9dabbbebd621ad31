"""A database whose tables are not those of this version of the service."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from app.exceptions.shared.database_exceptions import SchemaMismatchError
from app.infrastructure.database.migration import migrate
from app.infrastructure.database.schema_version import (
    NEWER,
    NOT_MIGRATED,
    OLDER,
    Migrations,
    find_schema_problem,
    read_migrations,
)
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.support.database import migrate_all
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client, make_settings, running_app
from tests.support.traffic import WIDGETS, make_widget_body, uncached_list_url
from tests.support.waiting import eventually

Start: TypeAlias = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]
UNKNOWN = "UPDATE alembic_version SET version_num = 'from-the-future'"
MIGRATIONS = Migrations(known=frozenset("abc"), heads=frozenset("c"))


@pytest.mark.parametrize(
    ("found", "problem"),
    [("c", None), ("", NOT_MIGRATED), ("b", OLDER), ("d", NEWER), ("cd", NEWER)],
)
def test_versions_are_compared_with_the_migrations(found: str, problem: str | None) -> None:
    assert MIGRATIONS.find_problem(frozenset(found)) == problem


def test_without_migrations_any_database_is_accepted() -> None:
    none = Migrations(known=frozenset(), heads=frozenset())

    assert none.find_problem(frozenset()) is None
    assert none.find_problem(frozenset("x")) is None


def test_the_migrations_of_the_code_have_one_head() -> None:
    migrations = read_migrations()

    assert len(migrations.heads) == 1
    assert migrations.heads < migrations.known
    assert not migrations.repeated


@pytest.fixture
def fresh_url(postgres: PrivatePostgres) -> str:
    postgres.query('DROP DATABASE IF EXISTS "fresh" WITH (FORCE)')
    return postgres.create_database("fresh")


@pytest.fixture
async def direct(fresh_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_url)
    yield connection
    await connection.close()


@pytest.fixture
def start(
    fresh_url: str, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> Start:
    """Start the service on the fresh database; return a client."""

    @asynccontextmanager
    async def started() -> AsyncIterator[httpx.AsyncClient]:
        settings = make_settings(fresh_url, auth_service.url, tmp_path)
        async with running_app(settings) as app, make_client(app, tokens.admin) as admin:
            yield admin

    return started


async def require_not_ready(client: httpx.AsyncClient, reason: str) -> None:
    ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json() == {"status": "unavailable", "reason": reason}
    assert (await client.get("/health/live")).status_code == 200


async def require_refused(client: httpx.AsyncClient, reason: str) -> None:
    for response in (
        await client.get(uncached_list_url()),
        await client.get(f"{WIDGETS}/1"),
        await client.post(WIDGETS, json=make_widget_body("refused")),
    ):
        problem_of(response, 503, "database_not_migrated")
        assert response.json()["detail"] == reason


async def is_served(client: httpx.AsyncClient) -> bool:
    return (await client.get(uncached_list_url())).status_code == 200


async def test_an_empty_database_is_named_until_it_is_migrated(
    start: Start, fresh_url: str
) -> None:
    async with start() as client:
        await require_not_ready(client, NOT_MIGRATED)
        await require_refused(client, NOT_MIGRATED)

        await migrate_all(fresh_url)
        await eventually(lambda: is_served(client))
        assert (await client.get("/health/ready")).status_code == 200


async def test_a_database_of_an_older_version_is_refused(
    start: Start, fresh_url: str, direct: asyncpg.Connection
) -> None:
    await migrate_all(fresh_url)
    await direct.execute("UPDATE alembic_version SET version_num = '0001'")

    async with start() as client:
        await require_not_ready(client, OLDER)
        await require_refused(client, OLDER)


async def test_a_process_that_starts_on_a_newer_database_is_not_ready_but_tries(
    start: Start, fresh_url: str, direct: asyncpg.Connection
) -> None:
    await migrate_all(fresh_url)
    await direct.execute(UNKNOWN)

    async with start() as client:
        await require_not_ready(client, NEWER)
        assert await is_served(client)

        await direct.execute("ALTER TABLE widgets RENAME TO gadgets")
        await require_refused(client, NEWER)


async def test_a_running_process_stays_ready_until_a_statement_fails_on_newer_tables(
    start: Start, fresh_url: str, direct: asyncpg.Connection
) -> None:
    await migrate_all(fresh_url)

    async with start() as client:
        await direct.execute(UNKNOWN)
        assert await is_served(client)
        assert (await client.get("/health/ready")).status_code == 200

        await direct.execute("ALTER TABLE widgets RENAME COLUMN note TO remark")
        await require_refused(client, NEWER)
        await require_not_ready(client, NEWER)


async def test_a_missing_table_of_a_current_database_is_a_defect(
    start: Start, fresh_url: str, direct: asyncpg.Connection
) -> None:
    await migrate_all(fresh_url)

    async with start() as client:
        await direct.execute("DROP TABLE widgets")
        problem_of(await client.get(uncached_list_url()), 500, "internal_error")
        assert (await client.get("/health/ready")).status_code == 200


async def test_a_role_that_may_not_read_the_version_is_served(
    fresh_url: str, direct: asyncpg.Connection
) -> None:
    await migrate_all(fresh_url)
    await direct.execute(UNKNOWN)
    await direct.execute("DROP ROLE IF EXISTS reader")
    await direct.execute("CREATE ROLE reader")
    await direct.execute("SET ROLE reader")

    assert await find_schema_problem(direct, seconds=5) is None
    await direct.execute("RESET ROLE")
    assert await find_schema_problem(direct, seconds=5) == NEWER


async def test_migrate_names_a_newer_database(fresh_url: str, direct: asyncpg.Connection) -> None:
    await migrate(fresh_url)
    await direct.execute(UNKNOWN)

    with pytest.raises(SchemaMismatchError, match="newer than the service"):
        await migrate(fresh_url)
