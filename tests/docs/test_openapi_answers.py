"""What each operation may answer with is in the OpenAPI document."""

from typing import Any

import pytest

from tests.docs.openapi_document import (
    DOCUMENT,
    every_api_operation,
    operation_named,
    parameter_names,
    resolved,
)

ALL_METHODS = {"401", "403", "413", "422", "429", "500", "503", "504"}
WITH_BODY = {"408", "415"}


@every_api_operation
def test_an_operation_documents_each_error_it_can_give(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    expected = set(ALL_METHODS)
    if "requestBody" in operation:
        expected |= WITH_BODY
    if "{" in path:
        expected |= {"404"}
    if "If-Match" in parameter_names(operation):
        expected |= {"400", "412"}
    if method == "post":
        expected |= {"409"}

    # A change may give a value that another record has, where a domain has such values.
    possible = {"409"} if method == "patch" else set()

    errors = {status for status in operation["responses"] if int(status) >= 400}

    assert expected <= errors <= expected | possible


@every_api_operation
def test_errors_are_problem_documents_with_examples(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    for status, response in operation["responses"].items():
        if int(status) < 400:
            continue
        assert list(response["content"]) == ["application/problem+json"], (method, path, status)
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            problem = example["value"]
            assert (problem["code"], str(problem["status"])) == (code, status)
            assert problem.keys() >= set(DOCUMENT["components"]["schemas"]["Problem"]["required"])
            assert ("errors" in problem) == (status == "422")


@every_api_operation
def test_headers_that_an_answer_carries_are_documented(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    headers = {status: set(each["headers"]) for status, each in operation["responses"].items()}

    assert "WWW-Authenticate" in headers["401"], (method, path)
    assert all("Retry-After" in headers[status] for status in ("429", "503", "504"))
    assert all(
        {"X-Request-ID", "RateLimit", "RateLimit-Policy"} <= each for each in headers.values()
    )


@pytest.mark.parametrize(
    ("operation_id", "status", "header"),
    [
        ("list_products", "200", "Link"),
        ("get_product", "200", "ETag"),
        ("get_product", "304", "ETag"),
        ("create_product", "201", "ETag"),
        ("create_product", "201", "Location"),
        ("create_product", "201", "Idempotency-Replayed"),
        ("create_product", "409", "Retry-After"),
        ("update_price", "200", "ETag"),
        ("update_availability", "200", "ETag"),
    ],
)
def test_an_answer_shows_its_own_headers(operation_id: str, status: str, header: str) -> None:
    reference = operation_named(operation_id)["responses"][status]["headers"][header]

    assert resolved(reference)["description"]


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [
        ("get_product", "If-None-Match"),
        ("create_product", "Idempotency-Key"),
        ("update_price", "If-Match"),
        ("update_availability", "If-Match"),
        ("delete_product", "If-Match"),
        ("list_products", "X-Request-ID"),
    ],
)
def test_a_header_that_is_read_is_a_parameter(operation_id: str, name: str) -> None:
    assert name in parameter_names(operation_named(operation_id))
