"""Responses while a dependency is unavailable or a request is incomplete."""

import asyncio
from collections.abc import AsyncIterator

from app.config.settings import Settings
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body


async def test_a_request_whose_body_does_not_arrive_times_out(
    settings: Settings, tokens: Tokens
) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with (
        running_app(settings, request_timeout_seconds=0.5) as app,
        make_client(app, tokens.admin) as admin,
    ):
        refused = await admin.post(
            WIDGETS, content=never(), headers={"Content-Type": "application/json"}
        )

    problem_of(refused, 408, "request_timeout")
    assert refused.headers["Connection"] == "close"


async def test_without_a_database_every_route_reports_it(
    settings: Settings, tokens: Tokens
) -> None:
    nowhere = "postgresql://nobody:secret-dsn@127.0.0.1:1/none"
    async with (
        running_app(settings, database_url=nowhere) as app,
        make_client(app, tokens.admin) as admin,
    ):
        refused = await admin.get(WIDGETS)
        written = await admin.post(WIDGETS, json=widget_body())
        health, live, ready = [
            await admin.get(path) for path in ("/health", "/health/live", "/health/ready")
        ]

    for response in (refused, written):
        problem_of(response, 503, "database_unavailable")
        assert int(response.headers["Retry-After"]) >= 1
    assert (health.status_code, live.status_code, ready.status_code) == (503, 200, 503)
    assert health.json()["status"] == "unhealthy"
    assert health.json()["database"] == "unavailable"
    assert "secret-dsn" not in health.text + refused.text
    assert "127.0.0.1" not in health.text + refused.text


async def test_without_the_auth_service_no_token_is_accepted(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running_app(
            settings, auth_service_url="http://127.0.0.1:1/auth", external_api_max_retries=0
        ) as app,
        make_client(app, tokens.admin) as admin,
    ):
        refused = await admin.get(WIDGETS)

    problem_of(refused, 503, "auth_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
