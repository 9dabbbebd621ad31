"""Which pages of other origins may call, and read even the errors."""

import httpx

from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body

HERE = "http://localhost:3000"


async def test_a_known_origin_may_ask_and_read(anonymous: httpx.AsyncClient) -> None:
    preflight = await anonymous.options(
        f"{PRODUCTS}/1/price",
        headers={
            "Origin": HERE,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, content-type, if-match",
        },
    )

    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == HERE
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]


async def test_errors_carry_cors_headers(
    anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for answer in (
        await anonymous.get(PRODUCTS, headers={"Origin": HERE}),
        await admin.get(f"{PRODUCTS}/0", headers={"Origin": HERE}),
        await admin.get("/nothing", headers={"Origin": HERE}),
        await admin.put(PRODUCTS, headers={"Origin": HERE}),
        await admin.post(PRODUCTS, content=b"x" * 2_000_000, headers={"Origin": HERE}),
    ):
        problem_of(answer, answer.status_code)
        assert answer.headers["Access-Control-Allow-Origin"] == HERE
        assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]


async def test_an_origin_that_looks_alike_gets_nothing(user: httpx.AsyncClient) -> None:
    for origin in (
        *("http://localhost:3000.evil.example", "http://localhost:30000", "http://localhost"),
        *("https://localhost:3000", "http://evil.example", "null", "http://LOCALHOST:3000", "*"),
        *("http://localhost:3000/", "http://localhost:3000@evil.example", ""),
    ):
        answer = await user.get(PRODUCTS, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        refused = await user.options(
            PRODUCTS, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        problem_of(refused, 400, "cors_refused")
        assert "Access-Control-Allow-Origin" not in refused.headers


async def test_a_host_header_bends_nothing(admin: httpx.AsyncClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    answers = [
        await admin.post(PRODUCTS, json=product_body(), headers=headers),
        await admin.get(PRODUCTS, headers=headers),
        await admin.get(f"{PRODUCTS}/", headers=headers),
        await admin.get("/", headers=headers),
        await admin.get("/openapi.json", headers=headers),
    ]

    for answer in answers:
        assert "evil" not in answer.text
        assert "evil" not in str(answer.headers)
