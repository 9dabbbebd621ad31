"""What a write to products leaves behind besides what it does in all domains."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.database import rows_of
from tests.products.making import PRODUCTS, product_body


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    created = await admin.post(PRODUCTS, json=product_body(price=100))
    return created.headers["Location"]


@pytest.fixture
def audit_file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def _lines(audit_file: Path) -> list[dict[str, Any]]:
    text = audit_file.read_text() if audit_file.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


async def test_every_change_has_its_line_and_its_row(
    admin: httpx.AsyncClient, url: str, audit_file: Path, database_url: str
) -> None:
    await admin.patch(f"{url}/price", json={"price": 130}, headers={"X-Request-ID": "req-1"})
    await admin.patch(f"{url}/price", json={"price": 131})
    await admin.patch(f"{url}/availability", json={"is_available": False})
    await admin.delete(url)

    actions = [
        *("CREATE_PRODUCT", "UPDATE_PRICE", "SIGNIFICANT_PRICE_CHANGE", "UPDATE_PRICE"),
        *("UPDATE_AVAILABILITY", "DELETE_PRODUCT"),
    ]
    lines, rows = _lines(audit_file), await rows_of(database_url)
    assert [line["action"] for line in lines] == actions
    assert [row["action"] for row in rows] == actions
    assert {line["resource"] for line in lines} == {"products/1"}
    assert [line["outcome"] for line in lines] == [201, 200, 200, 200, 200, 204]
    assert [json.loads(row["changes"]) for row in rows] == [line["changes"] for line in lines]
    assert [row["request_id"] for row in rows] == [line["request_id"] for line in lines]
    assert lines[1]["request_id"] == "req-1"
    assert lines[1]["changes"] == {"price": {"old": 100, "new": 130}}


async def test_a_line_says_who_did_what_from_where(
    admin: httpx.AsyncClient, audit_file: Path
) -> None:
    await admin.post(PRODUCTS, json=product_body())

    (line,) = _lines(audit_file)

    assert list(line) == [
        *("timestamp", "request_id", "actor", "client_ip", "action", "resource", "outcome"),
        "changes",
    ]
    assert line["actor"] == {"user_id": "dev-admin", "role": "admin"}
    assert line["client_ip"] == "127.0.0.1"


async def test_a_refused_write_leaves_a_line_and_no_row(
    anonymous: httpx.AsyncClient,
    user: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    audit_file: Path,
    database_url: str,
) -> None:
    await anonymous.post(PRODUCTS, json=product_body())
    await user.delete(f"{PRODUCTS}/7")
    await admin.patch(f"{PRODUCTS}/7/price", json={"price": 5})
    await admin.patch(f"{PRODUCTS}/7/availability", json={})

    lines = _lines(audit_file)
    assert [(line["action"], line["resource"], line["outcome"]) for line in lines] == [
        ("CREATE_PRODUCT", "products", 401),
        ("DELETE_PRODUCT", "products/7", 403),
        ("UPDATE_PRICE", "products/7", 404),
        ("UPDATE_AVAILABILITY", "products/7", 422),
    ]
    assert [line["actor"] and line["actor"]["role"] for line in lines] == [
        None,
        "user",
        "admin",
        "admin",
    ]
    assert await rows_of(database_url) == []


async def test_reading_leaves_no_line(user: httpx.AsyncClient, audit_file: Path) -> None:
    await user.get(PRODUCTS)
    await user.head(f"{PRODUCTS}/1")

    assert _lines(audit_file) == []


async def test_nothing_that_a_client_sends_forges_a_line(
    admin: httpx.AsyncClient, audit_file: Path
) -> None:
    forged = '\n{"action": "DELETE_PRODUCT"}\n'
    await admin.post(PRODUCTS, json=product_body(name='x"}\u2028{'))
    await admin.delete(f"{PRODUCTS}/" + forged.replace("\n", "%0a").replace('"', "%22"))

    lines = _lines(audit_file)

    assert [line["action"] for line in lines] == ["CREATE_PRODUCT", "DELETE_PRODUCT"]
    assert [line["outcome"] for line in lines] == [201, 422]


async def test_of_parallel_products_with_one_sku_exactly_one_is_made(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    answers = await asyncio.gather(
        *(admin.post(PRODUCTS, json=product_body(sku="NB-1")) for _ in range(10))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len(await rows_of(database_url, "products")) == 1
