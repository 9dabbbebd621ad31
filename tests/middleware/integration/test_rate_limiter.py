"""What one client may ask in a minute; CONTRACT section 5."""

import asyncio
import json
import re
from pathlib import Path

from app.config.settings import Settings
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body
from tests.setup import Tokens, client_of, running


async def test_exactly_the_limit_passes_and_the_rest_is_told_when(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running(settings, rate_limit_per_minute=30) as app,
        client_of(app, tokens.user) as user,
    ):
        answers = await asyncio.gather(*(user.get(PRODUCTS) for _ in range(200)))

    assert sorted(answer.status_code for answer in answers) == [200] * 30 + [429] * 170
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == '"default";q=30;w=60'
        left = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
        assert left is not None
        assert 1 <= int(left[2]) <= 60
        if answer.status_code == 429:
            problem_of(answer, 429, "rate_limited")
            assert 1 <= int(answer.headers["Retry-After"]) <= 61
            assert int(left[1]) == 0


async def test_clients_are_told_apart_by_subject_then_by_address(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running(settings, rate_limit_per_minute=1) as app,
        client_of(app, tokens.user) as user,
        client_of(app, tokens.admin) as admin,
        client_of(app) as anonymous,
        client_of(app, tokens.user[:-2]) as forger,
    ):
        first = [(await c.get(PRODUCTS)).status_code for c in (user, admin, anonymous, forger)]
        second = [(await c.get(PRODUCTS)).status_code for c in (user, admin, anonymous, forger)]
        claimed = await anonymous.get(PRODUCTS, headers={"X-Forwarded-For": "198.51.100.1"})

    assert first == [200, 200, 401, 429], "who forges a token counts by address"
    assert second == [429] * 4
    assert claimed.status_code == 429


async def test_health_and_documents_are_never_limited(settings: Settings) -> None:
    async with running(settings, rate_limit_per_minute=1) as app, client_of(app) as anonymous:
        for path in ("/", "/health", "/health/live", "/health/ready", "/openapi.json") * 3:
            answer = await anonymous.get(path)
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers


async def test_a_write_refused_for_its_rate_is_audited(
    settings: Settings, tokens: Tokens, tmp_path: Path
) -> None:
    async with (
        running(settings, rate_limit_per_minute=1) as app,
        client_of(app, tokens.admin) as admin,
    ):
        for _ in range(2):
            await admin.post(PRODUCTS, json=product_body())

    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [line["outcome"] for line in lines] == [201, 429]
