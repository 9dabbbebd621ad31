"""Requests that take too long are logged with their route, and a few times only."""

import asyncio
import logging
from collections.abc import Iterator

import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from tests.support.service import create_app
from tests.support.settings_and_clients import make_client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    # The application replaces the handlers of the root logger.
    logger = logging.getLogger("app.slow")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def slow_lines(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [line for line in log.records if line.name == "app.slow"]


async def ask(settings: Settings, path: str, times: int) -> list[httpx.Response]:
    app = create_app(settings)

    @app.get("/slow/{number}")
    async def respond_slowly(number: int) -> None:
        await asyncio.sleep(0.03 if number else 0)

    async with LifespanManager(app) as manager, make_client(manager.app) as client:
        return [await client.get(path) for _ in range(times)]


async def test_a_slow_request_is_logged_with_its_route(
    settings: Settings, log: pytest.LogCaptureFixture
) -> None:
    quick = settings.model_copy(update={"slow_request_ms": 20})

    await ask(quick, "/slow/7?token=secret", 8)

    *first, last = slow_lines(log)
    assert len(first) == 5
    assert {line.levelno for line in first} == {logging.WARNING}
    for line in first:
        assert line.message.startswith("Slow request: GET /slow/{number} took ")
        assert line.__dict__["operation"] == "GET /slow/{number}"
        assert line.__dict__["duration_ms"] >= 20
    # When the service stops, or after a minute.
    assert last.message == (
        "Slow request: GET /slow/{number} was slow 3 more times within a minute"
    )


@pytest.mark.parametrize("threshold", [0, 3_600_000], ids=["off", "an hour"])
async def test_other_requests_are_not_logged_as_slow(
    settings: Settings, log: pytest.LogCaptureFixture, threshold: int
) -> None:
    changed = settings.model_copy(update={"slow_request_ms": threshold})
    (response,) = await ask(changed, "/slow/7", 1)
    assert response.status_code == 200
    assert not slow_lines(log)
