"""The OpenAPI document contains every possible response of each operation."""

from typing import Any

import pytest

from tests.support.documented_problems import (
    documented_problems,
    documented_statuses,
    violation,
)
from tests.support.domain import find_domains
from tests.support.openapi_document import (
    DOCUMENT,
    every_api_operation,
    operation_named,
    parameter_names,
    resolve,
)

ALL_METHODS = {"401", "403", "413", "422", "429", "500", "503", "504"}
WITH_BODY = {"408", "415"}

DOMAINS = find_domains().values()
RECORDS = [domain.record_path for domain in DOMAINS]
ROUTES = {route for domain in DOMAINS for route in domain.routes}
UPDATES = {"patch", "put"}


@every_api_operation
def test_an_operation_documents_each_possible_error(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    expected = set(ALL_METHODS)
    if "requestBody" in operation:
        expected |= WITH_BODY
    if any(path.startswith(record) for record in RECORDS):
        expected |= {"404"}
    if "If-Match" in parameter_names(operation):
        expected |= {"400", "412"}
    if "Idempotency-Key" in parameter_names(operation):
        expected |= {"409"}

    errors = {each for each in documented_statuses(DOCUMENT, operation) if each >= "400"}

    assert expected <= errors, (
        f"add responses=problems(...) with the errors of {sorted(expected - errors)} to the route"
        f" {method.upper()} {path}"
    )
    if f"{method.upper()} {path}" in ROUTES:
        # An update may use the unique value of another record, and a record that is to be deleted
        # may be one that others refer to.
        possible = {"409"} if method in {*UPDATES, "delete"} else set()
        assert errors <= expected | possible


@every_api_operation
def test_errors_are_problem_documents_with_examples(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    for status, reference in operation["responses"].items():
        if status < "400":
            continue
        response = resolve(reference)
        assert list(response["content"]) == ["application/problem+json"], (method, path, status)
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            problem = example["value"]
            assert problem["code"] == code
            assert status in {"default", str(problem["status"])}
            assert problem.keys() >= set(DOCUMENT["components"]["schemas"]["Problem"]["required"])
            assert ("errors" in problem) == (status == "422")


@every_api_operation
def test_what_any_route_can_raise_is_documented_once(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    shared = documented_problems(
        DOCUMENT, {"responses": {"default": operation["responses"]["default"]}}
    )

    assert shared.keys() >= ALL_METHODS - {"422"}, (method, path)
    assert ("415" in shared) == ("requestBody" in operation)
    assert len(operation["responses"]) <= 7


@pytest.mark.parametrize(
    ("status", "code", "is_allowed"),
    [
        (200, None, True),
        (404, "widget_not_found", True),
        (503, "overloaded", True),
        (404, "another_not_found", False),
        (418, None, False),
        (415, "unsupported_media_type", False),
        (502, None, False),
    ],
)
def test_the_shared_response_allows_only_what_it_lists(
    status: int, code: str | None, *, is_allowed: bool
) -> None:
    found = violation(DOCUMENT, operation_named("get_widget"), status, code)

    assert (found is None) == is_allowed


@every_api_operation
def test_response_headers_are_documented(method: str, path: str, operation: dict[str, Any]) -> None:
    headers = {
        status: set(resolve(each)["headers"]) for status, each in operation["responses"].items()
    }

    assert headers["default"] >= {"WWW-Authenticate", "Retry-After"}, (method, path)
    assert all(
        {"X-Request-ID", "RateLimit", "RateLimit-Policy"} <= each for each in headers.values()
    )


@pytest.mark.parametrize(
    ("operation_id", "status", "header"),
    [
        ("list_widgets", "200", "Link"),
        ("get_widget", "200", "ETag"),
        ("get_widget", "304", "ETag"),
        ("create_widget", "201", "ETag"),
        ("create_widget", "201", "Location"),
        ("create_widget", "201", "Idempotency-Replayed"),
        ("create_widget", "409", "Retry-After"),
        ("update_widget", "200", "ETag"),
    ],
)
def test_each_status_documents_its_own_headers(operation_id: str, status: str, header: str) -> None:
    reference = operation_named(operation_id)["responses"][status]["headers"][header]

    assert resolve(reference)["description"]


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [
        ("get_widget", "If-None-Match"),
        ("create_widget", "Idempotency-Key"),
        ("update_widget", "If-Match"),
        ("delete_widget", "If-Match"),
        ("list_widgets", "X-Request-ID"),
    ],
)
def test_each_request_header_is_a_parameter(operation_id: str, name: str) -> None:
    assert name in parameter_names(operation_named(operation_id))
