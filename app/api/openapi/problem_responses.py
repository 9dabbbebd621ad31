"""OpenAPI documentation of the problem responses of a route, generated from the errors."""

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi import Response

from app.exceptions.base import (
    DeadlineExceededError,
    OverloadedError,
    RequestTooLargeError,
    RuleViolationError,
    ServiceError,
    TooManyRequestsError,
)
from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseFailingError,
    DatabaseUnavailableError,
)
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
    RuleViolationError,
    TooManyRequestsError,
    AuthUnavailableError,
    DatabaseUnavailableError,
    DatabaseBusyError,
    DatabaseFailingError,
    OverloadedError,
    DeadlineExceededError,
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

ResponseDocs = dict[int | str, dict[str, Any]]


def problems(*errors: type[ServiceError]) -> ResponseDocs:
    """Document these errors and the common ones."""
    docs: ResponseDocs = {}
    for response in _example_responses(dict.fromkeys((*COMMON_ERRORS, *errors))):
        example = json.loads(bytes(response.body))
        described = docs.setdefault(response.status_code, _empty_docs())
        described["description"] = " or ".join(
            filter(None, (described["description"], example["title"]))
        )
        described["content"][PROBLEM]["examples"][example["code"]] = {
            "summary": example["detail"],
            "value": example,
        }
        described["headers"] |= {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("Accept-Encoding", "Retry-After", "WWW-Authenticate")
            if name in response.headers
        }
    return docs


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
