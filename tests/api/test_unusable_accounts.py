"""An account that the auth service describes unusably is refused, whatever the route."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.config.settings import Settings
from tests.support.forged_tokens import make_token
from tests.support.problems import problem_of
from tests.support.scripted_auth_server import ScriptedAuthServer, make_principal_body, reply
from tests.support.settings_and_clients import SECRET, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body


@pytest.fixture
async def caller(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with a valid token and a role of null."""
    auth_server = ScriptedAuthServer()
    await auth_server.start()
    auth_server.script = reply(200, make_principal_body(role=None))
    async with (
        running_app(settings, auth_service_url=auth_server.url) as app,
        make_client(app, make_token(secret=SECRET)) as client,
    ):
        yield client
    await auth_server.stop()


async def test_every_request_of_the_account_is_a_403(
    caller: httpx.AsyncClient, tmp_path: Path
) -> None:
    for _ in range(6):
        response = await caller.get(WIDGETS)
        problem_of(response, 403, "account_not_usable")
        assert "WWW-Authenticate" not in response.headers
    problem_of(await caller.post(WIDGETS, json=widget_body()), 403, "account_not_usable")

    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [line["outcome"] for line in lines] == [403]


async def test_the_health_of_the_auth_service_does_not_suffer(caller: httpx.AsyncClient) -> None:
    for _ in range(6):
        await caller.get(WIDGETS)

    report = (await caller.get("/health")).json()

    assert report["auth"] == "healthy"
