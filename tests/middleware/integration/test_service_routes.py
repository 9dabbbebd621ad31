"""Health and the root; reads that are open to anybody."""

import json
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body
from tests.setup import Tokens, client_of, running

HERE = "http://localhost:3000"


async def test_a_healthy_service_says_so(anonymous: httpx.AsyncClient) -> None:
    health = (await anonymous.get("/health")).json()

    assert (health["status"], health["database"], health["auth"]) == ("healthy",) * 2 + ("healthy",)
    assert (health["cache"], health["messaging"]) == ("disabled", "disabled")
    assert set(health["checks"]) == {"database", "cache", "messaging", "auth"}
    assert set(health["checks"]["database"]) >= {"status", "latency_ms", "checked_at"}
    assert (await anonymous.get("/health/ready")).status_code == 200


async def test_the_root_says_what_this_is(anonymous: httpx.AsyncClient, settings: Settings) -> None:
    root = (await anonymous.get("/")).json()

    assert root["service"] == settings.app_name
    assert {"version", "status", "links"} <= root.keys()


async def test_public_reads_open_the_two_reads_and_nothing_else(
    settings: Settings,
) -> None:
    async with running(settings, public_reads=True) as app, client_of(app) as anonymous:
        assert (await anonymous.get(PRODUCTS)).status_code == 200
        problem_of(await anonymous.get(f"{PRODUCTS}/1"), 404)
        problem_of(await anonymous.post(PRODUCTS, json=product_body()), 401)
        problem_of(await anonymous.delete(f"{PRODUCTS}/1"), 401)
        async with client_of(app, "forged") as forger:
            problem_of(await forger.get(PRODUCTS), 401)


async def test_a_token_anywhere_but_in_its_header_is_no_token(
    anonymous: httpx.AsyncClient, tokens: Tokens
) -> None:
    problem_of(await anonymous.get(PRODUCTS, headers={"Cookie": f"token={tokens.user}"}), 401)
    problem_of(await anonymous.get(f"{PRODUCTS}?access_token={tokens.user}"), 401)
    two = [("Authorization", f"Bearer {tokens.user}")] * 2
    problem_of(await anonymous.get(PRODUCTS, headers=two), 401, "invalid_token")


async def test_an_unexpected_error_tells_nothing_and_is_noted(
    app: ASGIApp, settings: Settings, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret-inside")

    monkeypatch.setattr(
        "app.repositories.products.postgres_product_repository.PostgresProductRepository.get", fail
    )
    async with client_of(app, tokens.user) as user:
        answer = await user.get(f"{PRODUCTS}/1", headers={"Origin": HERE})

    problem_of(answer, 500, "internal_error")
    assert "secret-inside" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == HERE
    (noted,) = _lines(settings.error_log_file)
    assert noted["request_id"] == answer.headers["X-Request-ID"]
    assert noted["route"] == "GET /api/v1/products/{product_id}"
    assert "secret-inside" in noted["stack"]


def _lines(path: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
