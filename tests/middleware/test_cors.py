"""CORS headers are sent to allowed origins, also with errors."""

import httpx

from tests.support.problems import problem_of
from tests.widgets.factories import WIDGETS, widget_body

HERE = "http://localhost:3000"


async def test_an_allowed_origin_gets_cors_headers(anonymous: httpx.AsyncClient) -> None:
    preflight = await anonymous.options(
        f"{WIDGETS}/1",
        headers={
            "Origin": HERE,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": (
                "authorization, content-type, if-match, baggage, sentry-trace, traceparent, "
                "tracestate"
            ),
        },
    )

    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == HERE
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]


async def test_errors_carry_cors_headers(
    anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for response in (
        await anonymous.get(WIDGETS, headers={"Origin": HERE}),
        await admin.get(f"{WIDGETS}/0", headers={"Origin": HERE}),
        await admin.get("/nothing", headers={"Origin": HERE}),
        await admin.put(WIDGETS, headers={"Origin": HERE}),
        await admin.post(WIDGETS, content=b"x" * 2_000_000, headers={"Origin": HERE}),
    ):
        problem_of(response, response.status_code)
        assert response.headers["Access-Control-Allow-Origin"] == HERE
        assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
        assert "Origin" in response.headers["Vary"]


async def test_a_similar_origin_gets_no_cors_headers(user: httpx.AsyncClient) -> None:
    for origin in (
        *("http://localhost:3000.evil.example", "http://localhost:30000", "http://localhost"),
        *("https://localhost:3000", "http://evil.example", "null", "http://LOCALHOST:3000", "*"),
        *("http://localhost:3000/", "http://localhost:3000@evil.example", ""),
    ):
        response = await user.get(WIDGETS, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers
        refused = await user.options(
            WIDGETS, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        problem_of(refused, 400, "cors_refused")
        assert "Access-Control-Allow-Origin" not in refused.headers


async def test_a_host_header_has_no_effect(admin: httpx.AsyncClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    responses = [
        await admin.post(WIDGETS, json=widget_body(), headers=headers),
        await admin.get(WIDGETS, headers=headers),
        await admin.get(f"{WIDGETS}/", headers=headers),
        await admin.get("/", headers=headers),
        await admin.get("/openapi.json", headers=headers),
    ]

    for response in responses:
        assert "evil" not in response.text
        assert "evil" not in str(response.headers)
