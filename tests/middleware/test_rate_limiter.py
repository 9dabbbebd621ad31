"""The number of requests per client and minute is limited."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from app.config.settings import Settings
from devtools.private_auth import PrivateAuthService
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body


@pytest.mark.usefixtures("long_wait")
async def test_requests_beyond_the_limit_get_429_and_a_retry_time(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running_app(settings, rate_limit_per_minute=30) as app,
        make_client(app, tokens.user) as user,
    ):
        responses = await asyncio.gather(*(user.get(WIDGETS) for _ in range(200)))

    assert sorted(response.status_code for response in responses) == [200] * 30 + [429] * 170
    for response in responses:
        assert response.headers["RateLimit-Policy"] == '"default";q=30;w=60'
        left = re.fullmatch(r'"default";r=(\d+);t=(\d+)', response.headers["RateLimit"])
        assert left is not None
        assert 1 <= int(left[2]) <= 60
        if response.status_code == 429:
            problem_of(response, 429, "rate_limited")
            assert 1 <= int(response.headers["Retry-After"]) <= 61
            assert int(left[1]) == 0


async def test_clients_are_identified_by_subject_or_else_by_address(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running_app(settings, rate_limit_per_minute=1) as app,
        make_client(app, tokens.user) as user,
        make_client(app, tokens.admin) as admin,
        make_client(app) as anonymous,
        make_client(app, tokens.user[:-2]) as forger,
    ):
        first = [(await c.get(WIDGETS)).status_code for c in (user, admin, anonymous, forger)]
        second = [(await c.get(WIDGETS)).status_code for c in (user, admin, anonymous, forger)]
        claimed = await anonymous.get(WIDGETS, headers={"X-Forwarded-For": "198.51.100.1"})

    assert first == [200, 200, 401, 429], "who forges a token counts by address"
    assert second == [429] * 4
    assert claimed.status_code == 429


async def test_a_revoked_token_does_not_spend_the_allowance_of_its_subject(
    settings: Settings, auth_service: PrivateAuthService
) -> None:
    good, revoked = (auth_service.token("user", username="alice") for _ in range(2))
    auth_service.revoke(revoked)
    async with (
        running_app(settings, rate_limit_per_minute=60) as app,
        make_client(app, good) as alice,
        make_client(app, revoked) as thief,
        make_client(app) as anonymous,
    ):
        stolen = [(await thief.get(WIDGETS)).status_code for _ in range(62)]
        own = [(await alice.get(WIDGETS)).status_code for _ in range(60)]
        same_address = await anonymous.get(WIDGETS)

    # The first use is charged to the subject: only the auth service can tell that it is revoked.
    assert stolen == [401] * 61 + [429]
    assert own == [200] * 59 + [429]
    assert same_address.status_code == 429


async def test_health_and_documents_are_never_limited(settings: Settings) -> None:
    async with running_app(settings, rate_limit_per_minute=1) as app, make_client(app) as anonymous:
        for path in ("/", "/health", "/health/live", "/health/ready", "/openapi.json") * 3:
            response = await anonymous.get(path)
            assert response.status_code == 200
            assert "RateLimit" not in response.headers


async def test_a_rate_limited_write_is_audited(
    settings: Settings, tokens: Tokens, tmp_path: Path
) -> None:
    async with (
        running_app(settings, rate_limit_per_minute=1) as app,
        make_client(app, tokens.admin) as admin,
    ):
        for _ in range(2):
            await admin.post(WIDGETS, json=widget_body())

    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [line["outcome"] for line in lines] == [201, 429]
