"""The routes of products, beyond what tests/domains checks for every domain."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.config.settings import Settings
from tests.products.factories import PRODUCTS, product_body
from tests.support.problems import problem_of, refused_fields
from tests.support.settings_and_clients import make_client, running_app

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


async def test_a_price_is_returned_exactly(admin: httpx.AsyncClient) -> None:
    for price in ("0.01", "12.5", "12.50", "1e1", "9999999999.99", "0.10"):
        body = json.dumps(product_body(price="@")).replace('"@"', price)

        created = await admin.post(
            PRODUCTS, content=body, headers={"Content-Type": "application/json"}
        )

        written = re.search(r'"price":([0-9.]+)', created.text)
        assert written is not None
        assert Decimal(written[1]) == Decimal(price)


async def test_text_is_stored_unchanged(admin: httpx.AsyncClient) -> None:
    name = "x'; DROP TABLE products; -- 日本 🖥 %_\\ \u202e <script>"

    created = await admin.post(PRODUCTS, json=product_body(name=name))

    assert created.json()["name"] == name


async def test_a_taken_sku_is_a_conflict(admin: httpx.AsyncClient, product: dict[str, Any]) -> None:
    refused = await admin.post(PRODUCTS, json=product_body(sku=product["sku"]))

    document = problem_of(refused, 409, "sku_taken")
    assert document["detail"] == "SKU NB-1 belongs to another product"


async def test_every_invalid_field_is_named_once(admin: httpx.AsyncClient) -> None:
    body = product_body(price=-1, name="", category=..., product_type="XX", colour="red")

    refused = await admin.post(PRODUCTS, json=body)

    fields = {"price", "name", "category", "product_type", "colour"}
    assert set(refused_fields(refused)) == fields


# GET


async def test_a_missing_product_is_not_found(user: httpx.AsyncClient) -> None:
    document = problem_of(await user.get(MISSING), 404, "product_not_found")

    assert document["detail"] == f"Product with ID {2**63 - 1} not found"


# PATCH and DELETE


async def test_any_field_without_a_route_of_its_own_is_changed(
    admin: httpx.AsyncClient, url: str, product: dict[str, Any]
) -> None:
    new = {**product_body(sku="NB-2", name="Typo, corrected"), "description": "Text"}
    changes = {name: new[name] for name in MEMBERS if name in new and name != "price"}

    changed = await admin.patch(url, json=changes, headers={"If-Match": '"1"'})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    stamps = {"version": 2, "updated_at": changed.json()["updated_at"]}
    assert changed.json() == {**product, **changes, **stamps}


async def test_an_update_without_a_change_keeps_the_version(
    admin: httpx.AsyncClient, url: str, product: dict[str, Any]
) -> None:
    for same in ({}, {"name": product["name"], "sku": "NB-1"}):
        response = await admin.patch(url, json=same)

        assert (response.status_code, response.json()) == (200, product)


async def test_an_update_refuses_null_and_fields_with_a_route_of_their_own(
    admin: httpx.AsyncClient, url: str, product: dict[str, Any]
) -> None:
    body = {"price": 1, "is_available": False, "name": None, "id": 8, "colour": "red"}

    assert set(refused_fields(await admin.patch(url, json=body))) == body.keys()
    assert (await admin.get(url)).json() == product


async def test_a_product_does_not_get_the_sku_of_another(
    admin: httpx.AsyncClient, url: str
) -> None:
    await admin.post(PRODUCTS, json=product_body(sku="NB-2"))

    problem_of(await admin.patch(url, json={"sku": "NB-2"}), 409, "sku_taken")
    cleared = await admin.patch(url, json={"sku": None})
    assert cleared.json()["sku"] is None


async def test_a_price_is_changed(admin: httpx.AsyncClient, url: str) -> None:
    changed = await admin.patch(f"{url}/price", json={"price": 12.5})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.json()["price"], changed.json()["version"]) == (12.5, 2)
    assert (await admin.get(url)).json() == changed.json()


async def test_availability_is_changed(admin: httpx.AsyncClient, url: str) -> None:
    changed = await admin.patch(f"{url}/availability", json={"is_available": False})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["is_available"] is False


# Public reads


async def test_public_reads_open_only_the_two_get_routes(
    settings: Settings,
) -> None:
    async with running_app(settings, public_reads=True) as app, make_client(app) as anonymous:
        assert (await anonymous.get(PRODUCTS)).status_code == 200
        problem_of(await anonymous.get(f"{PRODUCTS}/1"), 404)
        problem_of(await anonymous.post(PRODUCTS, json=product_body()), 401)
        problem_of(await anonymous.delete(f"{PRODUCTS}/1"), 401)
        async with make_client(app, "forged") as forger:
            problem_of(await forger.get(PRODUCTS), 401)


async def test_public_reads_serve_cached_responses_unless_the_token_is_invalid(
    settings: Settings, url: str
) -> None:
    async with running_app(settings, public_reads=True) as app, make_client(app) as anonymous:
        assert (await anonymous.get(url)).status_code == 200
        assert (await anonymous.get(url)).status_code == 200
        refused = await anonymous.get(url, headers={"Authorization": "Bearer x"})
        assert refused.status_code == 401
