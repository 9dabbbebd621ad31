"""OpenAPI documentation of the problem responses of a route, generated from the errors.

What a route alone can raise is documented by its status; what any route can raise is one shared
`default` response.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi import Response

from app.exceptions.base import (
    DeadlineExceededError,
    OverloadedError,
    RequestTimeoutError,
    RequestTooLargeError,
    RuleViolationError,
    ServiceError,
    TooManyRequestsError,
    UnsupportedMediaError,
)
from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseFailingError,
    DatabaseUnavailableError,
)
from app.exceptions.shared.request_exceptions import UnsupportedContentCodingError
from app.exceptions.shared.security_exceptions import (
    AccountNotUsableError,
    AuthUnavailableError,
    InvalidTokenError,
    MissingTokenError,
    RoleNotAllowedError,
)
from app.middleware.error_guard_middleware import internal_problem
from app.middleware.error_handler import service_problem

PROBLEM = "application/problem+json"
SCHEMA = {"$ref": "#/components/schemas/Problem"}

# Errors of any route under /api.
COMMON_ERRORS: tuple[type[ServiceError], ...] = (
    MissingTokenError,
    InvalidTokenError,
    RoleNotAllowedError,
    AccountNotUsableError,
    RequestTooLargeError,
    TooManyRequestsError,
    AuthUnavailableError,
    DatabaseUnavailableError,
    DatabaseBusyError,
    DatabaseFailingError,
    OverloadedError,
    DeadlineExceededError,
)
# Errors of any route with a request body.
BODY_ERRORS: tuple[type[ServiceError], ...] = (
    RequestTimeoutError,
    RequestTooLargeError,
    UnsupportedMediaError,
    UnsupportedContentCodingError,
)

# Arguments of the shared errors; those of a domain follow from their types.
EXAMPLE_ARGUMENTS: dict[str, object] = {
    "field": "name",
    "limit": 1_048_576,
    "media_types": ("text/csv", "application/x-ndjson"),
    "message": "Field required",
    "problem": "The database has not been migrated",
    "retry_after": 1,
    "seconds": 10,
}
ANY_NUMBER, ANY_TEXT = 7, "A-1001"
# `document.py` sets the path for each operation.
SCOPE = {"path": ""}
SHARED_INSTANCE = "/api/v1/orders/7"

ResponseDocs = dict[int | str, dict[str, Any]]


def problems(*errors: type[ServiceError]) -> ResponseDocs:
    """Document these errors by their status, except those in the shared response."""
    docs: ResponseDocs = {}
    shared = {*COMMON_ERRORS, *BODY_ERRORS}
    named: tuple[type[ServiceError], ...] = (RuleViolationError, *errors)
    for error in dict.fromkeys(named):
        if error in shared:
            continue
        response = service_problem(SCOPE, example_of(error))
        described = docs.setdefault(response.status_code, _empty_docs())
        title = _add_example(described, response)["title"]
        described["description"] = " or ".join(filter(None, (described["description"], title)))
    return docs


def shared_responses() -> dict[str, dict[str, Any]]:
    """Document the `default` responses: of routes without a request body, and with one."""
    return {
        "Problem": _shared_response(COMMON_ERRORS),
        "BodyProblem": _shared_response((*COMMON_ERRORS, *BODY_ERRORS)),
    }


def _shared_response(errors: Iterable[type[ServiceError]]) -> dict[str, Any]:
    described = _empty_docs()
    codes: dict[int, list[str]] = {}
    for response in _example_responses(dict.fromkeys(errors)):
        example = _add_example(described, response)
        example["instance"] = SHARED_INSTANCE
        codes.setdefault(response.status_code, []).append(f"`{example['code']}`")
    lines = (f"- {status}: {', '.join(names)}" for status, names in sorted(codes.items()))
    described["description"] = "\n".join(("Any other problem, by status and `code`:\n", *lines))
    return described


def _add_example(described: dict[str, Any], response: Response) -> dict[str, Any]:
    """Add the problem and its headers to the documentation of a response; return the problem."""
    example: dict[str, Any] = json.loads(bytes(response.body))
    described["content"][PROBLEM]["examples"][example["code"]] = {
        "summary": example["detail"],
        "value": example,
    }
    described["headers"] |= {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in ("Accept-Encoding", "Retry-After", "WWW-Authenticate")
        if name in response.headers
    }
    return example


def _example_responses(errors: Iterable[type[ServiceError]]) -> Iterator[Response]:
    for error in errors:
        yield service_problem(SCOPE, example_of(error))
    yield internal_problem(SCOPE)


def example_of(error: type[ServiceError]) -> ServiceError:
    parameters = inspect.signature(error).parameters
    return error(**{name: _example_argument(name, each) for name, each in parameters.items()})


def _example_argument(name: str, parameter: inspect.Parameter) -> object:
    is_text = parameter.annotation is str or str in get_args(parameter.annotation)
    return EXAMPLE_ARGUMENTS.get(name, ANY_TEXT if is_text else ANY_NUMBER)


def _empty_docs() -> dict[str, Any]:
    content = {PROBLEM: {"schema": SCHEMA, "examples": {}}}
    return {"description": "", "headers": {}, "content": content}
