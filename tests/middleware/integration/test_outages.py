"""What is answered while something is away, late or broken."""

import asyncio
from collections.abc import AsyncIterator

from app.config.settings import Settings
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body
from tests.setup import Tokens, client_of, running


async def test_a_body_that_does_not_come_is_given_up(settings: Settings, tokens: Tokens) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with (
        running(settings, request_timeout_seconds=0.5) as app,
        client_of(app, tokens.admin) as admin,
    ):
        refused = await admin.post(
            PRODUCTS, content=never(), headers={"Content-Type": "application/json"}
        )

    problem_of(refused, 408, "request_timeout")
    assert refused.headers["Connection"] == "close"


async def test_without_a_database_everything_says_so(settings: Settings, tokens: Tokens) -> None:
    nowhere = "postgresql://nobody:secret-dsn@127.0.0.1:1/none"
    async with (
        running(settings, database_url=nowhere) as app,
        client_of(app, tokens.admin) as admin,
    ):
        refused = await admin.get(PRODUCTS)
        written = await admin.post(PRODUCTS, json=product_body())
        health, live, ready = [
            await admin.get(path) for path in ("/health", "/health/live", "/health/ready")
        ]

    for answer in (refused, written):
        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
    assert (health.status_code, live.status_code, ready.status_code) == (503, 200, 503)
    assert health.json()["status"] == "unhealthy"
    assert health.json()["database"] == "unavailable"
    assert "secret-dsn" not in health.text + refused.text
    assert "127.0.0.1" not in health.text + refused.text


async def test_without_the_auth_service_nobody_gets_in(settings: Settings, tokens: Tokens) -> None:
    async with (
        running(
            settings, auth_service_url="http://127.0.0.1:1/auth", external_api_max_retries=0
        ) as app,
        client_of(app, tokens.admin) as admin,
    ):
        refused = await admin.get(PRODUCTS)

    problem_of(refused, 503, "auth_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
