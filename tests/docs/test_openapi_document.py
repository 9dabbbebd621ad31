"""The OpenAPI document describes each operation completely and correctly."""

import json
from typing import Any

import httpx
import pytest

import app as identity
from app.dependencies import require_reader
from tests.support.domain import find_domains
from tests.support.openapi_document import (
    DOCUMENT,
    HOSTS,
    OPERATIONS,
    SETTINGS,
    document_of,
    every_api_operation,
    every_operation,
    operation_named,
    parameters_of,
    resolve,
)
from tests.support.settings_and_clients import SECRET


@every_operation
def test_an_operation_has_a_summary_and_a_description(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    assert operation["operationId"].replace("_", "").isalnum(), (method, path)
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    responses = map(resolve, operation["responses"].values())
    assert all("X-Request-ID" in each["headers"] for each in responses)


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)


@every_api_operation
def test_an_operation_requires_a_token(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["security"] == [{"HTTPBearer": []}], (method, path)


def test_public_reads_make_the_token_optional_for_reads_only() -> None:
    public = document_of(SETTINGS.model_copy(update={"public_reads": True}))

    optional = {
        f"{method.upper()} {path}"
        for path, methods in public["paths"].items()
        for method, operation in methods.items()
        if {} in operation.get("security", [])
    }

    domains = find_domains().values()
    assert optional == {name for each in domains for name in each.guarded_by(require_reader)}


@pytest.mark.parametrize("schema", ["WidgetCreate", "WidgetResponse", "WidgetUpdate"])
def test_money_is_a_number(schema: str) -> None:
    price = DOCUMENT["components"]["schemas"][schema]["properties"]["price"]

    assert price["type"] == "number"
    assert price["maximum"] == 9999999999.99


def test_response_fields_that_are_always_present_are_required() -> None:
    widget = DOCUMENT["components"]["schemas"]["WidgetResponse"]

    assert set(widget["required"]) == set(widget["properties"])


def test_the_document_is_openapi_3_1_without_framework_errors() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert "ValidationError" not in json.dumps(DOCUMENT)


def test_every_reference_has_a_target() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "$ref" not in resolve(node)
            node = list(node.values())
        for inner in node if isinstance(node, list) else ():
            walk(inner)

    walk(DOCUMENT["paths"])
    walk(DOCUMENT["components"])


def test_constraints_use_json_schema_keywords() -> None:
    page = resolve(parameters_of(operation_named("list_widgets"))["page"])

    bounds = {name: page["schema"][name] for name in ("type", "minimum", "maximum")}
    assert bounds == {"type": "integer", "minimum": 1, "maximum": 10001}
    assert "anyOf" not in parameters_of(operation_named("list_widgets"))["kind"]["schema"]


def test_the_document_contains_no_secret_and_no_host() -> None:
    text = json.dumps(DOCUMENT)

    assert not [part for part in (SECRET, "a-password", "postgresql:", *HOSTS) if part in text]
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]


async def test_the_served_document_does_not_depend_on_host(anonymous: httpx.AsyncClient) -> None:
    honest = await anonymous.get("/openapi.json")

    forged = await anonymous.get("/openapi.json", headers={"Host": "evil.example"})

    assert forged.content == honest.content
    assert honest.json()["paths"].keys() == DOCUMENT["paths"].keys()


async def test_the_server_url_is_the_proxy_prefix(app: Any) -> None:
    transport = httpx.ASGITransport(app, root_path="/elsewhere")
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        document = (await client.get("/elsewhere/openapi.json")).json()

    assert [server["url"] for server in document["servers"]] == ["/elsewhere"]


def test_the_document_names_the_maintainers_and_the_licence() -> None:
    reachable = document_of(SETTINGS.model_copy(update={"app_contact": "api@example.com"}))

    assert DOCUMENT["info"]["license"]["identifier"] == identity.__license__
    assert DOCUMENT["info"]["contact"].keys() == {"name"}
    assert reachable["info"]["contact"]["email"] == "api@example.com"


def test_each_tag_has_a_text() -> None:
    used = {tag for _, _, operation in OPERATIONS for tag in operation["tags"]}
    texts = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}

    assert texts.keys() == used
    assert all(texts[name].endswith(".") for name in ("Widgets", "Audit", "Service"))


@pytest.mark.parametrize("app_env", ["development", "production"])
def test_authorize_names_the_development_token_in_development_only(app_env: str) -> None:
    document = document_of(SETTINGS.model_copy(update={"app_env": app_env}))

    text = document["components"]["securitySchemes"]["HTTPBearer"]["description"]
    assert ("dev.py token" in text) == (app_env == "development")


def test_every_field_has_a_description() -> None:
    fields = {
        f"{schema}.{name}": field.get("description")
        for schema, found in DOCUMENT["components"]["schemas"].items()
        for name, field in found.get("properties", {}).items()
    }

    assert [name for name, text in fields.items() if not text or not text.endswith(".")] == []


@every_operation
def test_every_parameter_has_a_description(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    parameters = map(resolve, operation.get("parameters", []))

    assert all(each["description"] for each in parameters), (method, path)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Name. Text from 1 to 255 characters."),
        ("kind", "Kind. One of `HW`, `SW`."),
        ("quantity", "Quantity. An integer from 0 to 2 147 483 647."),
        ("is_active", "Whether it is active. `true` or `false`."),
        ("due_on", "Due on. A date such as 2026-01-15. `null` if there is none."),
    ],
)
def test_the_limits_of_a_field_are_described(field: str, text: str) -> None:
    fields = DOCUMENT["components"]["schemas"]["WidgetCreate"]["properties"]

    assert fields[field]["description"] == text


def test_a_price_is_described_as_a_decimal_number() -> None:
    text = DOCUMENT["components"]["schemas"]["WidgetResponse"]["properties"]["price"]["description"]

    assert text.startswith("Price. A number above 0 and at most 9 999 999 999.99. At most 2 decim")
    assert "parse_float=Decimal" in text


@pytest.mark.parametrize("schema", ["WidgetCreate", "WidgetResponse", "HealthResponse"])
def test_an_example_has_the_order_of_the_schema(schema: str) -> None:
    found = DOCUMENT["components"]["schemas"][schema]

    assert list(found["examples"][0]) == list(found["properties"])


def test_a_record_begins_with_its_id_and_ends_with_its_version() -> None:
    fields = list(DOCUMENT["components"]["schemas"]["WidgetResponse"]["properties"])

    assert (fields[0], fields[-1]) == ("id", "version")


def test_no_default_is_published_that_a_client_may_not_send_with_a_cursor() -> None:
    parameters = parameters_of(operation_named("list_widgets"))

    assert "default" not in parameters["page"]["schema"]
    assert "1 if omitted" in parameters["page"]["description"]


@pytest.mark.parametrize("keyword", ["multipleOf"])
def test_a_keyword_that_validators_read_differently_is_not_used(keyword: str) -> None:
    assert f'"{keyword}"' not in json.dumps(DOCUMENT)
