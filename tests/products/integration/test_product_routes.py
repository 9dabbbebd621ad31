"""Each route of products, and each status that it answers with."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product as product_of
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

WRITES: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "price": ("PATCH", "/price", {"price": 7}),
    "availability": ("PATCH", "/availability", {"is_available": False}),
    "removal": ("DELETE", "", None),
}


@pytest.fixture
async def product(admin: httpx.AsyncClient) -> dict[str, Any]:
    created = await admin.post(PRODUCTS, json=product_body(sku="NB-1"))
    document: dict[str, Any] = created.json()
    return document


@pytest.fixture
def url(product: dict[str, Any]) -> str:
    return f"{PRODUCTS}/{product['id']}"


async def _write(client: httpx.AsyncClient, url: str, write: str, **headers: str) -> httpx.Response:
    method, path, body = WRITES[write]
    return await client.request(method, url + path, json=body, headers=headers)


# POST


async def test_a_created_product_can_be_read(admin: httpx.AsyncClient) -> None:
    created = await admin.post(PRODUCTS, json=product_body(sku="NB-1", description="Thin"))

    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    assert created.headers["Location"] == f"{PRODUCTS}/{created.json()['id']}"
    read = await admin.get(created.headers["Location"])
    assert read.json() == created.json()


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


async def test_a_user_may_read(user: httpx.AsyncClient, url: str, product: dict[str, Any]) -> None:
    read = await user.get(url)

    assert (read.status_code, read.json()) == (200, product)
    assert read.headers["Content-Type"] == "application/json"


async def test_a_known_version_is_not_sent_again(user: httpx.AsyncClient, url: str) -> None:
    for known in ('"1"', 'W/"1"', "*", '"9", "1"', '"9",W/"1"', ' "1" ', '"a,b", "1"'):
        read = await user.get(url, headers={"If-None-Match": known})

        assert (read.status_code, read.content) == (304, b"")
        assert read.headers["ETag"] == '"1"'


async def test_an_unknown_version_is_sent(user: httpx.AsyncClient, url: str) -> None:
    for known in ('"2"', "1", '"1', '"', "", '"11"', "garbage", '"01"'):
        assert (await user.get(url, headers={"If-None-Match": known})).status_code == 200


async def test_a_missing_product_is_not_found(user: httpx.AsyncClient) -> None:
    document = problem_of(await user.get(MISSING), 404, "product_not_found")

    assert document["detail"] == f"Product with ID {2**63 - 1} not found"


async def test_a_missing_product_is_not_found_whatever_is_known(user: httpx.AsyncClient) -> None:
    problem_of(await user.get(MISSING, headers={"If-None-Match": "*"}), 404)


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


async def test_a_removed_product_is_gone(admin: httpx.AsyncClient, url: str) -> None:
    removed = await admin.delete(url)

    assert (removed.status_code, removed.content) == (204, b"")
    problem_of(await admin.get(url), 404, "product_not_found")
    problem_of(await admin.delete(url), 404, "product_not_found")


async def test_nothing_is_written_to_what_is_missing(admin: httpx.AsyncClient) -> None:
    for write in WRITES:
        problem_of(await _write(admin, MISSING, write), 404, "product_not_found")


@pytest.mark.parametrize("write", WRITES)
async def test_the_expected_version_is_written(admin: httpx.AsyncClient, write: str) -> None:
    for expected in ('"1"', "*", '"9", "1"', ' "1" ,', 'W/"1", "1"', '"x","1"'):
        created = await admin.post(PRODUCTS, json=product_body())

        written = await _write(admin, created.headers["Location"], write, **{"If-Match": expected})

        assert written.is_success


async def test_a_stale_version_is_refused(
    admin: httpx.AsyncClient, url: str, product: dict[str, Any]
) -> None:
    stale = ('"2"', 'W/"1"', '"01"', '"one"', '""', '"2", "3"', '"99999999999"')
    for write, expected in product_of(WRITES, stale):
        refused = await _write(admin, url, write, **{"If-Match": expected})

        problem_of(refused, 412, "stale_version")
    assert (await admin.get(url)).json() == product


async def test_a_malformed_version_is_a_bad_request(
    admin: httpx.AsyncClient, url: str, product: dict[str, Any]
) -> None:
    malformed = ("1", '"1', '1"', "", ",", "tag", '"1" "2"', '"1", *', '*, "1"', 'w/"1"', "W/1")
    for write, expected in product_of(WRITES, malformed):
        refused = await _write(admin, url, write, **{"If-Match": expected})

        problem_of(refused, 400, "malformed_precondition")
    assert (await admin.get(url)).json() == product


async def test_a_missing_product_comes_before_its_version(admin: httpx.AsyncClient) -> None:
    refused = await _write(admin, MISSING, "removal", **{"If-Match": '"1"'})

    problem_of(refused, 404, "product_not_found")
