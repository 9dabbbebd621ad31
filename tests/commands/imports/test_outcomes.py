"""Outcome and report of an import that ended in or after its commit."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from app.commands.import_outcome import ImportOutcome
from app.config.settings import Settings
from app.infrastructure.database.pool import Connection
from app.models.shared.import_rows import ImportCounts
from tests.support.import_files import Importer, csv_of, make_row, run_import_of
from tests.support.service import WIDGETS

COUNTS = ImportCounts(inserted=1)
FAIL_AT_COMMIT = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused at the commit'; END $$;
    CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON widgets
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@asynccontextmanager
async def commits_answered_by_a_reset(url: str) -> AsyncIterator[str]:
    """Forward to the database; reset the connection instead of forwarding that it committed."""
    target = urlsplit(url)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above_reader, above = await asyncio.open_connection(target.hostname, target.port)
        committing = asyncio.Event()

        async def upwards() -> None:
            while octets := await reader.read(65536):
                if b"COMMIT;" in octets:
                    committing.set()
                above.write(octets)
            above.close()

        sending = asyncio.create_task(upwards())
        while octets := await above_reader.read(65536):
            if committing.is_set():
                writer.transport.abort()
                break
            writer.write(octets)
        sending.cancel()
        writer.close()
        above.close()

    server = await asyncio.start_server(forward, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    assert target.port is not None
    yield url.replace(f":{target.port}", f":{port}")
    server.close()


async def test_an_interruption_during_the_commit_waits_for_its_end() -> None:
    outcome, committed = ImportOutcome(), asyncio.Event()
    committing = asyncio.Event()

    async def store() -> ImportCounts:
        outcome.start_commit(COUNTS)
        committing.set()
        await committed.wait()
        return COUNTS

    importing = asyncio.create_task(outcome.complete_commit(store()))
    await committing.wait()
    importing.cancel()
    committed.set()

    assert await importing == COUNTS


async def test_an_interruption_before_the_commit_ends_the_import() -> None:
    outcome, storing = ImportOutcome(), asyncio.Event()

    async def store() -> ImportCounts:
        storing.set()
        await asyncio.Event().wait()
        raise AssertionError

    importing = asyncio.create_task(outcome.complete_commit(store()))
    await storing.wait()
    importing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await importing
    assert outcome.is_committed is False


async def test_a_connection_lost_after_the_commit_is_a_complete_import(
    importer: Importer, database: Connection
) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    url = importer.settings.database_url.get_secret_value()
    outcome = ImportOutcome()

    async with commits_answered_by_a_reset(url) as through:
        settings = importer.settings.model_copy(update={"database_url": SecretStr(through)})
        counts = await run_import_of(path, target=WIDGETS, settings=settings, outcome=outcome)

    assert counts == ImportCounts(inserted=1, rejected=1)
    assert outcome.is_committed is True
    assert await database.fetchval("SELECT count(*) FROM widgets") == 1
    assert (importer.directory / "rows.rejected.csv").exists()


async def test_a_commit_that_the_database_refuses_is_reported_as_not_imported(
    importer: Importer, database: Connection
) -> None:
    await database.execute(FAIL_AT_COMMIT)
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    outcome = ImportOutcome()

    with pytest.raises(asyncpg.RaiseError):
        await run_import_of(path, target=WIDGETS, settings=importer.settings, outcome=outcome)

    await database.execute("DROP TRIGGER refused ON widgets; DROP FUNCTION refuse()")
    assert outcome.is_committed is False
    assert not (importer.directory / "rows.rejected.csv").exists()


async def test_a_record_that_another_transaction_adds_in_between_is_recorded_as_updated(
    importer: Importer, database: Connection
) -> None:
    await database.execute("""
        BEGIN;
        INSERT INTO widgets (code, name, note, category, price, kind)
            VALUES ('NB-1', 'Laptop', 'Light', 'Notebooks', 1, 'HW')
    """)
    importing = asyncio.create_task(importer.run(csv_of(make_row(price="2"))))
    await _a_lock_is_awaited(importer.settings)
    await database.execute("COMMIT")
    result = await importing

    assert result.counts == ImportCounts(updated=1)
    row = await database.fetchrow("SELECT action, changes FROM audit_log ORDER BY id LIMIT 1")
    assert row is not None
    assert row["action"] == "UPDATE_WIDGET"
    assert json.loads(row["changes"]) == {"price": {"old": 1.0, "new": 2.0}}


async def _a_lock_is_awaited(settings: Settings) -> None:
    observer = await asyncpg.connect(settings.database_url.get_secret_value())
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
    while not await observer.fetch(waits):  # noqa: ASYNC110 - the database has no such event
        await asyncio.sleep(0.02)
    await observer.close()
