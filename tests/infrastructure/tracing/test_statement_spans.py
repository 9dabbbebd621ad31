"""Statements and transactions are recorded by operation and table."""

from collections.abc import AsyncIterator

import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.traced_connection import statement_name
from app.infrastructure.tracing.current_span import current_span
from app.infrastructure.tracing.opening import open_tracing
from tests.support.otlp_receiver import OtlpReceiver

INSERT = "INSERT INTO inbox (receiver, message_id) VALUES ($1, $2)"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT id,\n name FROM widgets WHERE id = $1", "SELECT widgets"),
        (INSERT, "INSERT inbox"),
        ("WITH change AS (UPDATE widgets SET price = $2 RETURNING 1) SELECT 1", "UPDATE widgets"),
        ("DELETE FROM inbox USING old WHERE true", "DELETE inbox"),
        ("SELECT 'ada@example.com'", "SQL"),
        ("SET LOCAL lock_timeout = 0", "SQL"),
    ],
)
def test_a_statement_is_named_by_operation_and_table(sql: str, name: str) -> None:
    assert statement_name(sql) == name


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
def traced_settings(settings: Settings, receiver: OtlpReceiver) -> Settings:
    changed = {"otel_exporter_otlp_endpoint": receiver.url}
    return Settings.model_validate(settings.model_dump() | changed)


async def test_a_transaction_is_recorded_from_its_begin_to_its_end(
    database: PostgresDatabase, traced_settings: Settings, receiver: OtlpReceiver
) -> None:
    async def fail() -> None:
        await database.execute(INSERT, "tracing", "1")
        raise RuntimeError

    async def succeed() -> None:
        await database.execute(INSERT, "tracing", "2")

    async with open_tracing(traced_settings) as tracing:
        current_span.set(span := tracing.start_span("work", kind="consumer"))
        with pytest.raises(RuntimeError):
            await database.run(fail)
        await database.run(succeed)
        span.end()
        # Work that a request has started may go on after its end.
        await database.fetch("SELECT 1 FROM inbox")

    children = [each for each in receiver.spans if each.parent == receiver.one("work").span_id]
    assert [each.name for each in children] == [
        *("BEGIN", "INSERT inbox", "ROLLBACK"),
        *("BEGIN", "INSERT inbox", "COMMIT"),
    ]
