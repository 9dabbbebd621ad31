"""The service works with a database role that can only add to `audit_log`.

The roles are made by the statements of docs/OPERATIONS.md.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import pytest

from app.config.settings import Settings
from app.infrastructure.audit.audit_retention import AuditRetention
from app.infrastructure.database.opening import open_database
from devtools.postgres import PrivatePostgres
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.database import delete_all_rows, fetch_rows
from tests.support.other_service import OtherService
from tests.support.publishing_service import open_publishing_service
from tests.support.server import ROOT, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body
from tests.widgets.table import create_table

OPERATIONS = (ROOT / "docs" / "OPERATIONS.md").read_text()
OWNER, RUNTIME, DATABASE = "service_owner", "service_runtime", "service"
PASSWORD = "a-password-of-the-role"


class Urls(NamedTuple):
    owner: str
    runtime: str


def documented(block: str) -> list[str]:
    """Return the statements of one block of the document."""
    found = re.search(rf"<!-- roles: {block} -->\n\n```sql\n(.*?)```", OPERATIONS, re.DOTALL)
    assert found is not None
    statements = found[1].replace("…", PASSWORD).split(";\n")
    return [statement for statement in statements if statement.strip()]


@pytest.fixture(scope="module")
def urls(postgres: PrivatePostgres) -> Iterator[Urls]:
    # The server of the session has a database of this name.
    database = f"{DATABASE}_roles"
    for statement in documented("create"):
        postgres.query(statement.replace(f"DATABASE {DATABASE}", f"DATABASE {database}"))
    url = httpx.URL(postgres.database_url(database))
    urls = Urls(
        *(str(url.copy_with(username=role, password=PASSWORD)) for role in (OWNER, RUNTIME))
    )
    asyncio.run(execute(urls.owner, *documented("grant")))
    done = migrate(urls)
    assert f"The role {RUNTIME} may change rows of audit_log" in done.stderr
    asyncio.run(create_table(urls.owner))
    asyncio.run(execute(urls.owner, *documented("revoke")))
    yield urls
    postgres.query(f"DROP DATABASE {database} WITH (FORCE)")
    postgres.query(f"DROP ROLE {OWNER}, {RUNTIME}")


@pytest.fixture
async def database_url(urls: Urls) -> str:
    await delete_all_rows(urls.owner)
    return urls.runtime


@pytest.fixture
async def runtime(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def run_app(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", *command],
        env={"PATH": os.defpath, "LOG_LEVEL": "WARNING", **environment},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )


def migrate(urls: Urls) -> subprocess.CompletedProcess[str]:
    environment = make_environment(urls.runtime, "http://127.0.0.1:9/auth", Path("/nonexistent"))
    return run_app("app", "migrate", **environment, MIGRATE_DATABASE_URL=urls.owner)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET user_id = 'another'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "SELECT FROM audit_log FOR UPDATE",
        "DROP TABLE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "CREATE TRIGGER t BEFORE INSERT ON audit_log EXECUTE FUNCTION suppress()",
        "CREATE RULE r AS ON INSERT TO audit_log DO INSTEAD NOTHING",
        "DELETE FROM alembic_version",
        f"GRANT ALL ON audit_log TO {RUNTIME}",
    ],
)
async def test_the_role_of_the_service_cannot_change_the_audit(
    runtime: asyncpg.Connection, statement: str
) -> None:
    if statement.startswith("GRANT"):
        # PostgreSQL ignores with a warning what the role may not grant.
        await runtime.execute(statement)
        statement = "DELETE FROM audit_log"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute(statement)


async def test_the_service_reads_and_writes_with_that_role(
    admin: httpx.AsyncClient, urls: Urls
) -> None:
    key = {"Idempotency-Key": "key"}
    first = await admin.post(WIDGETS, json=widget_body(code="A"), headers=key)
    again = await admin.post(WIDGETS, json=widget_body(code="A"), headers=key)
    url = first.headers["Location"]
    responses = [
        await admin.patch(url, json={"price": 7}, headers={"If-Match": '"1"'}),
        await admin.get(WIDGETS, params={"q": "name"}),
        await admin.delete(url),
        await admin.get("/api/v1/audit", params={"resource": "widgets/1"}),
    ]

    assert [first.status_code, again.headers["Idempotency-Replayed"]] == [201, "true"]
    assert [response.status_code for response in responses] == [200, 200, 204, 200]
    actions = ["DELETE_WIDGET", "UPDATE_WIDGET", "CREATE_WIDGET"]
    assert [entry["action"] for entry in responses[-1].json()["items"]] == actions
    assert (await admin.get("/health")).json()["status"] == "healthy"
    assert len(await fetch_rows(urls.owner)) == 3


async def test_messages_are_sent_and_handled_with_that_role(
    consumer_settings: Settings,
    open_consumer: OpenConsumer,
    other_service: OtherService,
    tokens: Tokens,
    urls: Urls,
) -> None:
    async with open_consumer() as consumer:
        await other_service.send({"name": "first"})
        await eventually(lambda: consumer.names == ["first"])
    url = consumer_settings.rabbitmq_url
    assert url is not None
    subscriber = f"http://{consumer_settings.service_name}-follower"
    async with open_publishing_service(
        consumer_settings, tokens, broker_url=url.get_secret_value(), subscriber=subscriber
    ) as service:
        await service.create(1)

        async def is_sent() -> bool:
            return all(row["published_at"] for row in await fetch_rows(urls.owner, "outbox"))

        await eventually(is_sent)


async def test_an_import_works_with_that_role(
    database_url: str, urls: Urls, tmp_path: Path
) -> None:
    file = tmp_path / "widgets.jsonl"
    file.write_text('{"code": "A", "name": "N", "category": "C", "price": 1, "kind": "HW"}\n')
    environment = make_environment(database_url, "http://127.0.0.1:9/auth", tmp_path)
    command = ("tests.support.cli", "import", str(file), "--resource", "widgets")

    await asyncio.to_thread(run_app, *command, **environment)

    assert len(await fetch_rows(urls.owner)) == 2


async def test_only_the_owner_removes_old_rows(
    settings: Settings, urls: Urls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(
        urls.runtime,
        "INSERT INTO audit_log (occurred_at, user_id, role, action, resource, changes)"
        " VALUES (now() - interval '9 days', 'u', 'admin', 'A', 'a/1', '{}'),"
        " (now(), 'u', 'admin', 'A', 'a/1', '{}')",
    )
    async with open_database(settings) as database:
        assert await AuditRetention(database=database, days=1).remove_old() == 0
    assert "python -m app purge-audit" in caplog.text
    environment = make_environment(urls.runtime, "http://127.0.0.1:9/auth", tmp_path)
    environment |= {"MIGRATE_DATABASE_URL": urls.owner, "AUDIT_RETENTION_DAYS": "8"}

    done = await asyncio.to_thread(run_app, "app", "purge-audit", "--yes", **environment)

    assert done.stdout == "1 purged\n"
    assert len(await fetch_rows(urls.owner)) == 1
    assert "may change rows" not in (await asyncio.to_thread(migrate, urls)).stderr
