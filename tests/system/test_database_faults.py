"""Faults that PostgreSQL reports for statements, while connections work."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import asyncpg
import pytest

from tests.support.running_service import RunningService
from tests.support.traffic import WIDGETS, make_widget_body, require_unavailable
from tests.support.waiting import eventually

Raise: TypeAlias = Callable[[str], Awaitable[None]]


@pytest.fixture
async def raise_on_write(direct: asyncpg.Connection) -> AsyncIterator[Raise]:
    """Let every insert of a widget fail with a SQLSTATE, as the server reports it."""

    async def fail(sqlstate: str) -> None:
        await direct.execute(f"""
            CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE 'could not extend file "base/5/16384"' USING ERRCODE = '{sqlstate}'; END
            $$;
            CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON widgets
            FOR EACH ROW EXECUTE FUNCTION fail();
        """)

    yield fail
    await direct.execute("DROP FUNCTION IF EXISTS fail CASCADE")


@pytest.mark.parametrize(
    ("sqlstate", "named"),
    [
        ("53100", "disk of the server is full"),
        ("53200", "out of memory"),
        ("53400", "limit"),
        ("58030", "read or write its files"),
        ("58P01", "operating system"),
        ("58000", "operating system"),
    ],
)
async def test_a_fault_is_named_and_not_called_busy(
    service: RunningService,
    raise_on_write: Raise,
    caplog: pytest.LogCaptureFixture,
    sqlstate: str,
    named: str,
) -> None:
    caplog.set_level(logging.INFO)
    await raise_on_write(sqlstate)
    for _ in range(5):
        response = await service.admin.post(WIDGETS, json=make_widget_body("full"))
        require_unavailable(response)
        assert response.json()["code"] == "database_failing"
        assert "16384" not in response.text + caplog.text
        assert sqlstate not in response.text

    await eventually(lambda: _is_degraded(service))
    health = await service.admin.get("/health")
    report = health.json()
    assert (health.status_code, report["database"]) == (200, "healthy")
    assert named in report["checks"]["database"]["detail"]
    (line,) = [line for line in caplog.messages if sqlstate in line]
    assert line.startswith("Database is failing")
    assert named in line
    assert await service.serves()
    assert await service.is_ready()


async def _is_degraded(service: RunningService) -> bool:
    report = (await service.admin.get("/health")).json()
    return bool(report["status"] == "degraded" and report["checks"]["database"]["detail"])


async def test_too_many_connections_are_busy(
    service: RunningService, raise_on_write: Raise
) -> None:
    await raise_on_write("53300")
    response = await service.admin.post(WIDGETS, json=make_widget_body("many"))
    require_unavailable(response)
    assert response.json()["code"] == "database_busy"
