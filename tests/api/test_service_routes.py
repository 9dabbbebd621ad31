"""Health and root routes, tokens in the wrong place, unexpected errors."""

import json
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client
from tests.widgets.factories import WIDGETS

HERE = "http://localhost:3000"


async def test_the_health_route_reports_a_healthy_service(anonymous: httpx.AsyncClient) -> None:
    health = (await anonymous.get("/health")).json()

    assert (health["status"], health["database"], health["auth"]) == ("healthy",) * 2 + ("healthy",)
    assert (health["cache"], health["messaging"]) == ("disabled", "disabled")
    assert set(health["checks"]) == {"database", "cache", "messaging", "auth"}
    assert set(health["checks"]["database"]) >= {"status", "latency_ms", "checked_at"}
    assert (await anonymous.get("/health/ready")).status_code == 200


async def test_the_root_describes_the_service(
    anonymous: httpx.AsyncClient, settings: Settings
) -> None:
    root = (await anonymous.get("/")).json()

    assert root["service"] == settings.app_name
    assert {"version", "status", "links"} <= root.keys()


async def test_a_token_outside_the_authorization_header_is_ignored(
    anonymous: httpx.AsyncClient, tokens: Tokens
) -> None:
    problem_of(await anonymous.get(WIDGETS, headers={"Cookie": f"token={tokens.user}"}), 401)
    problem_of(await anonymous.get(f"{WIDGETS}?access_token={tokens.user}"), 401)
    two = [("Authorization", f"Bearer {tokens.user}")] * 2
    problem_of(await anonymous.get(WIDGETS, headers=two), 401, "invalid_token")


async def test_an_unexpected_error_is_logged_and_not_disclosed(
    app: ASGIApp, settings: Settings, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret-inside")

    monkeypatch.setattr(
        "tests.widgets.repositories.postgres_widget_repository.PostgresWidgetRepository.get", fail
    )
    async with make_client(app, tokens.user) as user:
        response = await user.get(f"{WIDGETS}/1", headers={"Origin": HERE})

    problem_of(response, 500, "internal_error")
    assert "secret-inside" not in response.text
    assert response.headers["Access-Control-Allow-Origin"] == HERE
    (noted,) = _lines(settings.error_log_file)
    assert noted["request_id"] == response.headers["X-Request-ID"]
    assert noted["route"] == "GET /api/v1/widgets/{widget_id}"
    assert "secret-inside" in noted["stack"]


def _lines(path: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
