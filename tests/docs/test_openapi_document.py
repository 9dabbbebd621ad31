"""What the OpenAPI document promises, for each operation that there is and will be."""

import json
from typing import Any

import httpx
import pytest

from tests.docs.openapi_document import (
    DOCUMENT,
    HOSTS,
    OPERATIONS,
    SETTINGS,
    document_of,
    every_api_operation,
    every_operation,
    operation_named,
    parameters_of,
    resolved,
)
from tests.setup import SECRET


@every_operation
def test_an_operation_says_what_it_is(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["operationId"].replace("_", "").isalnum(), (method, path)
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    assert all("X-Request-ID" in each["headers"] for each in operation["responses"].values())


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)


@every_api_operation
def test_an_operation_asks_for_a_token(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["security"] == [{"HTTPBearer": []}], (method, path)


def test_public_reads_make_the_token_optional_for_reads_only() -> None:
    public = document_of(SETTINGS.model_copy(update={"public_reads": True}))

    optional = {
        operation["operationId"]
        for methods in public["paths"].values()
        for operation in methods.values()
        if {} in operation.get("security", [])
    }

    assert optional == {"list_products", "get_product"}


@pytest.mark.parametrize("schema", ["ProductCreate", "ProductResponse", "PriceUpdate"])
def test_money_is_a_number(schema: str) -> None:
    price = DOCUMENT["components"]["schemas"][schema]["properties"]["price"]

    assert price["type"] == "number"
    assert price["maximum"] == 9999999999.99


def test_what_is_always_answered_is_required() -> None:
    product = DOCUMENT["components"]["schemas"]["ProductResponse"]

    assert set(product["required"]) == set(product["properties"])


def test_it_is_openapi_3_1_without_the_framework_s_own_errors() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert "ValidationError" not in json.dumps(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "$ref" not in resolved(node)
            node = list(node.values())
        for inner in node if isinstance(node, list) else ():
            walk(inner)

    walk(DOCUMENT["paths"])
    walk(DOCUMENT["components"])


def test_constraints_are_spelled_as_json_schema_has_them() -> None:
    page = resolved(parameters_of(operation_named("list_products"))["page"])

    bounds = {name: page["schema"][name] for name in ("type", "minimum", "maximum", "default")}
    assert bounds == {"type": "integer", "minimum": 1, "maximum": 10001, "default": 1}
    assert "anyOf" not in parameters_of(operation_named("list_products"))["product_type"]["schema"]


def test_it_gives_no_secret_and_no_host_away() -> None:
    text = json.dumps(DOCUMENT)

    assert not [part for part in (SECRET, "a-password", "postgresql:", *HOSTS) if part in text]
    assert "servers" not in DOCUMENT


async def test_the_served_document_does_not_depend_on_host(anonymous: httpx.AsyncClient) -> None:
    honest = await anonymous.get("/openapi.json")

    forged = await anonymous.get("/openapi.json", headers={"Host": "evil.example"})

    assert forged.content == honest.content
    assert honest.json()["paths"].keys() == DOCUMENT["paths"].keys()


async def test_behind_a_prefix_the_server_is_the_prefix(app: Any) -> None:
    transport = httpx.ASGITransport(app, root_path="/elsewhere")
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        document = (await client.get("/elsewhere/openapi.json")).json()

    assert document["servers"] == [{"url": "/elsewhere"}]
