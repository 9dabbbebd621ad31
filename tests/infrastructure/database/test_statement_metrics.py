"""Statements are timed under the name of the method that runs them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from app.config.settings import Settings
from app.exceptions.shared.database_exceptions import DatabaseBusyError
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery
from tests.support.recording_metrics import RecordingMetrics
from tests.widgets.factories import make_new_widget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository

REPOSITORY = "PostgresWidgetRepository"


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
async def measured(
    settings: Settings, metrics: RecordingMetrics
) -> AsyncIterator[PostgresDatabase]:
    few = settings.model_copy(update={"slow_statement_ms": 20, "database_pool_size": 1})
    async with open_database(few, metrics=metrics) as opened:
        yield opened


def names(metrics: RecordingMetrics) -> dict[str, int]:
    return {labels[0]: len(values) for (_, *labels), values in metrics.values.items()}


class Reports:
    """A repository that is not in the package of the application."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def wait(self, seconds: float) -> None:
        await self._database.fetchrow("SELECT pg_sleep($1)", seconds)

    async def fail(self) -> None:
        await self._database.fetchrow("SELECT 1 / 0")

    async def lock(self) -> None:
        await self._database.use_connection(lambda connection: connection.execute("SELECT 1"))


async def test_each_method_of_a_repository_has_its_own_name(
    measured: PostgresDatabase, metrics: RecordingMetrics
) -> None:
    widgets = PostgresWidgetRepository(database=measured)
    widget = await widgets.add(make_new_widget())
    await asyncio.gather(*(widgets.get(widget.id) for _ in range(5)))
    await widgets.list(ListQuery(limit=5))

    found = names(metrics)

    # Reads of one turn of the event loop share one statement.
    assert found[f"{REPOSITORY}.get"] == 1
    assert found[f"{REPOSITORY}.list"] == 1
    assert found[f"{REPOSITORY}.add"] >= 1


@pytest.mark.parametrize("with_locks", [False, True])
async def test_a_change_has_the_name_of_the_method_that_describes_it(
    measured: PostgresDatabase,
    metrics: RecordingMetrics,
    with_locks: bool,  # noqa: FBT001
) -> None:
    widgets = PostgresWidgetRepository(database=measured)
    widget = await widgets.add(make_new_widget())
    metrics.values.clear()

    async def rename() -> None:
        if with_locks:
            await measured.execute("SELECT 1")
        found = await widgets.get_for_update(widget.id)
        await widgets.update(replace(found, name="new"))

    await measured.run(rename)

    expected = {f"{REPOSITORY}.get_for_update": 1, f"{REPOSITORY}.update": 1}
    if with_locks:
        # A function of a test has no name here.
        others = {name for name in names(metrics) if name not in expected} - {"BEGIN", "COMMIT"}
        assert len(others) == 1
        expected |= {"BEGIN": 1, "COMMIT": 1, others.pop(): 1}
    assert names(metrics) == expected


async def test_what_a_statement_contains_is_in_no_name(
    measured: PostgresDatabase, metrics: RecordingMetrics
) -> None:
    widgets = PostgresWidgetRepository(database=measured)
    for number in range(20):
        await widgets.list(ListQuery(limit=number + 1, filters={"category": f"; {number}"}))
    assert set(names(metrics)) == {f"{REPOSITORY}.list"}


async def test_work_without_a_text_and_failures_are_recorded(
    measured: PostgresDatabase, metrics: RecordingMetrics
) -> None:
    reports = Reports(measured)
    await reports.lock()
    with pytest.raises(asyncpg.DivisionByZeroError):
        await reports.fail()

    assert names(metrics) == {"Reports.lock": 1, "Reports.fail": 1}
    assert metrics.counts == {
        ("db_client_operation_failures_total", "DivisionByZeroError"): 1,
    }


async def test_a_request_that_gets_no_connection_is_a_failure(
    measured: PostgresDatabase, metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = Reports(measured)
    await reports.wait(0)
    monkeypatch.setattr(measured._connections, "_wait_seconds", 0.02)  # noqa: SLF001
    waiting = asyncio.create_task(reports.wait(0.3))
    await asyncio.sleep(0)
    with pytest.raises(DatabaseBusyError):
        await reports.wait(0)
    await waiting
    assert metrics.counts == {("db_client_operation_failures_total", "DatabaseBusyError"): 1}


async def test_a_slow_statement_is_logged_with_its_use_case_a_few_times(
    measured: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    reports = Reports(measured)
    await reports.wait(0)
    for _ in range(8):
        await reports.wait(0.025)

    lines = [each for each in caplog.records if each.name == "app.slow"]
    assert len(lines) == 5
    assert lines[0].levelno == logging.WARNING
    assert lines[0].message.startswith("Slow statement: Reports.wait took ")
    assert lines[0].__dict__["operation"] == "Reports.wait"
    assert lines[0].__dict__["duration_ms"] >= 20
