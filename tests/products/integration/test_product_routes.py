"""What products answer besides what all domains do (tests/domains/test_routes.py)."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.problems import problem_of, refused_fields
from tests.products.making import PRODUCTS, product_body

MISSING = f"{PRODUCTS}/{2**63 - 1}"

MEMBERS = [
    *("id", "sku", "name", "description", "category", "unit", "business_unit", "location"),
    *("price", "product_type", "is_available", "created_at", "updated_at", "version"),
]


@pytest.fixture
async def product(admin: httpx.AsyncClient) -> dict[str, Any]:
    created = await admin.post(PRODUCTS, json=product_body(sku="NB-1"))
    document: dict[str, Any] = created.json()
    return document


@pytest.fixture
def url(product: dict[str, Any]) -> str:
    return f"{PRODUCTS}/{product['id']}"


# POST


async def test_a_product_shows_exactly_its_members(product: dict[str, Any]) -> None:
    assert list(product) == MEMBERS
    assert (product["sku"], product["name"], product["version"]) == ("NB-1", "Laptop", 1)
    assert (product["description"], product["is_available"]) == (None, True)
    for name in ("created_at", "updated_at"):
        assert datetime.fromisoformat(product[name]).utcoffset() == timedelta()


async def test_a_price_comes_back_exactly(admin: httpx.AsyncClient) -> None:
    for price in ("0.01", "12.5", "12.50", "1e1", "9999999999.99", "0.10"):
        body = json.dumps(product_body(price="@")).replace('"@"', price)

        created = await admin.post(
            PRODUCTS, content=body, headers={"Content-Type": "application/json"}
        )

        written = re.search(r'"price":([0-9.]+)', created.text)
        assert written is not None
        assert Decimal(written[1]) == Decimal(price)


async def test_text_is_kept_as_it_is(admin: httpx.AsyncClient) -> None:
    name = "x'; DROP TABLE products; -- 日本 🖥 %_\\ \u202e <script>"

    created = await admin.post(PRODUCTS, json=product_body(name=name))

    assert created.json()["name"] == name


async def test_a_taken_sku_is_a_conflict(admin: httpx.AsyncClient, product: dict[str, Any]) -> None:
    refused = await admin.post(PRODUCTS, json=product_body(sku=product["sku"]))

    document = problem_of(refused, 409, "sku_taken")
    assert document["detail"] == "SKU NB-1 belongs to another product"


async def test_every_bad_field_is_named_once(admin: httpx.AsyncClient) -> None:
    body = product_body(price=-1, name="", category=..., product_type="XX", colour="red")

    refused = await admin.post(PRODUCTS, json=body)

    fields = {"price", "name", "category", "product_type", "colour"}
    assert set(refused_fields(refused)) == fields


# GET one


async def test_a_missing_product_is_not_found(user: httpx.AsyncClient) -> None:
    document = problem_of(await user.get(MISSING), 404, "product_not_found")

    assert document["detail"] == f"Product with ID {2**63 - 1} not found"


# PATCH and DELETE


async def test_a_price_is_changed(admin: httpx.AsyncClient, url: str) -> None:
    changed = await admin.patch(f"{url}/price", json={"price": 12.5})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.json()["price"], changed.json()["version"]) == (12.5, 2)
    assert (await admin.get(url)).json() == changed.json()


async def test_availability_is_changed(admin: httpx.AsyncClient, url: str) -> None:
    changed = await admin.patch(f"{url}/availability", json={"is_available": False})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["is_available"] is False
