"""Bytes on disk of the rows that each write leaves behind: "Sizing" in docs/OPERATIONS.md."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.config.settings import Settings
from devtools.ports import free_port
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body

ROWS = 20_000

# With indexes. Other domains have other fields, and the name of a copy another length.
DOCUMENTED = {"created": 574, "changed": 334, "outbox": 1235, "inbox": 237, "idempotency_keys": 629}
TOLERANCE = 0.25

# Rows like `one` that a request has stored, with keys of their own, in the order of time.
COPIES = {
    "audit_log": """
        INSERT INTO audit_log (request_id, user_id, role, client_ip, action, resource, changes)
        SELECT md5(n::text), user_id, role, '203.0.113.77', action,
            'widgets/' || 1000000 + n * 7919 % 100003, changes
        FROM one, generate_series(1, $1::int) AS n
    """,
    "outbox": """
        INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body,
            created_at, attempts, published_at)
        SELECT md5(n::text)::uuid, queue, priority, from_service, to_service, headers, body,
            created_at, 1, now() + n * interval '10 ms'
        FROM one, generate_series(1, $1::int) AS n
    """,
    "inbox": """
        INSERT INTO inbox (receiver, message_id, handled_at)
        SELECT 'queue_catalog-service', md5(n::text)::uuid::text, now() + n * interval '10 ms'
        FROM generate_series(1, $1::int) AS n
    """,
    "idempotency_keys": """
        INSERT INTO idempotency_keys (caller, key, fingerprint, status, headers, body, created_at)
        SELECT caller, md5(n::text)::uuid::text, fingerprint, status, headers, body,
            now() + n * interval '10 ms'
        FROM one, generate_series(1, $1::int) AS n
    """,
}


@pytest.fixture
async def connection(
    settings: Settings, tokens: Tokens, database_url: str
) -> AsyncIterator[asyncpg.Connection]:
    """A database in which a record was created and changed, with one subscriber."""
    overrides = {
        "rabbitmq_url": f"amqp://127.0.0.1:{free_port()}/",
        "event_subscribers": ["http://billing-service"],
    }
    async with running_app(settings, **overrides) as app, make_client(app, tokens.admin) as admin:
        headers = {"Idempotency-Key": "5f0c2f5b-d1c0-4f7b-b4a0-a4a3c9a0d8e1"}
        created = await admin.post(WIDGETS, json=widget_body(), headers=headers)
        path = f"{WIDGETS}/{created.json()['id']}"
        assert (await admin.patch(path, json={"price": 99.5})).status_code == 200
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("row", "table", "which"),
    [
        ("created", "audit_log", "id LIMIT 1"),
        ("changed", "audit_log", "id DESC LIMIT 1"),
        ("outbox", "outbox", "position LIMIT 1"),
        ("inbox", "inbox", "handled_at LIMIT 1"),
        ("idempotency_keys", "idempotency_keys", "created_at LIMIT 1"),
    ],
)
async def test_a_row_takes_what_the_sizing_counts_with(
    connection: asyncpg.Connection, row: str, table: str, which: str
) -> None:
    source = f"SELECT * FROM {table} ORDER BY {which}"  # noqa: S608 - ours
    await connection.execute(f"CREATE TEMPORARY TABLE one AS {source}")
    await connection.execute(f"TRUNCATE {table}")
    await connection.execute(COPIES[table], ROWS)
    size = await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
    await connection.execute(f"TRUNCATE {table}")

    assert size / ROWS == pytest.approx(DOCUMENTED[row], rel=TOLERANCE)
