import asyncio
import logging
import re

import asyncpg
import pytest
from pydantic import SecretStr

import app
from app.config.settings import Settings
from app.exceptions.shared.database_exceptions import DatabaseUnavailableError
from app.infrastructure.database.availability import DatabaseAvailability, ProbeTiming
from app.infrastructure.database.opening import open_database
from devtools.postgres_cluster import SUPERUSER

LOGGER = "app.infrastructure.database"
QUICK = ProbeTiming(interval=0.02, retry=0.02)


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [(r"/service$", "/nowhere"), (rf"{SUPERUSER}:", f"{SUPERUSER}:not-"), (r":\d+/", ":1/")],
    ids=["database", "password", "port"],
)
async def test_an_unusable_database_does_not_stop_the_start(
    settings: Settings, caplog: pytest.LogCaptureFixture, pattern: str, wrong: str
) -> None:
    url = re.sub(pattern, wrong, settings.database_url.get_secret_value())
    broken = settings.model_copy(update={"database_url": SecretStr(url)})
    caplog.set_level(logging.INFO, LOGGER)

    async with open_database(broken) as database:
        assert not database.is_up
        with pytest.raises(DatabaseUnavailableError):
            await database.fetch("SELECT 1")

    assert len(caplog.records) == 1
    assert "not-" not in caplog.text


async def wait_for_next_probe(availability: DatabaseAvailability) -> None:
    seen = availability.result
    async with asyncio.timeout(5):
        while availability.result is seen:  # noqa: ASYNC110 - there is no event for a probe
            await asyncio.sleep(0.01)


async def test_a_lost_probe_connection_is_not_an_outage(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    availability = DatabaseAvailability(database_url, timing=QUICK)
    watching = asyncio.create_task(availability.watch())
    await availability.first_up.wait()

    administrator = await asyncpg.connect(database_url)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = $1 AND datname = current_database()",
        app.__slug__,
    )
    await administrator.close()
    for _ in range(3):
        await wait_for_next_probe(availability)
        assert availability.is_up
    watching.cancel()

    assert [record.getMessage() for record in caplog.records] == ["Database is healthy"]


async def test_failures_despite_successful_probes_are_logged_once(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    availability = DatabaseAvailability(database_url, timing=QUICK)
    watching = asyncio.create_task(availability.watch())
    await availability.first_up.wait()

    for _ in range(50):
        availability.record_failure(asyncpg.QueryCanceledError("too slow"))
    await wait_for_next_probe(availability)
    await wait_for_next_probe(availability)
    watching.cancel()

    assert [record.getMessage() for record in caplog.records] == [
        "Database is healthy",
        "Database is strained (50 failed: QueryCanceledError)",
        "Database is healthy",
    ]
