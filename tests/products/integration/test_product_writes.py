"""Audit and uniqueness of product writes, beyond what tests/domains checks."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.products.factories import PRODUCTS, product_body
from tests.support.database import fetch_rows


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


async def test_every_change_has_an_audit_line_and_an_audit_row(
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
    lines, rows = _lines(audit_file), await fetch_rows(database_url)
    assert [line["action"] for line in lines] == actions
    assert [row["action"] for row in rows] == actions
    assert {line["resource"] for line in lines} == {"products/1"}
    assert [line["outcome"] for line in lines] == [201, 200, 200, 200, 200, 204]
    assert [json.loads(row["changes"]) for row in rows] == [line["changes"] for line in lines]
    assert [row["request_id"] for row in rows] == [line["request_id"] for line in lines]
    assert lines[1]["request_id"] == "req-1"
    assert lines[1]["changes"] == {"price": {"old": 100, "new": 130}}


async def test_a_refused_write_has_an_audit_line_and_no_audit_row(
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
    assert await fetch_rows(database_url) == []


@pytest.mark.usefixtures("long_wait")
async def test_of_parallel_creations_with_one_sku_exactly_one_succeeds(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    responses = await asyncio.gather(
        *(admin.post(PRODUCTS, json=product_body(sku="NB-1")) for _ in range(10))
    )

    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert len(await fetch_rows(database_url, "products")) == 1
