"""The problem documents of a route, as OpenAPI shows them: made by what makes the real ones."""

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Response

from app.exceptions.base import (
    DeadlineExceededError,
    RequestTooLargeError,
    RuleViolationError,
    ServiceError,
    TooManyRequestsError,
)
from app.exceptions.security_exceptions import (
    AuthUnavailableError,
    InvalidTokenError,
    MissingTokenError,
    RoleNotAllowedError,
)
from app.infrastructure.database.errors import DatabaseBusyError, DatabaseUnavailableError
from app.middleware.error_guard import internal_problem
from app.middleware.error_handler import service_problem

PROBLEM = "application/problem+json"
SCHEMA = {"$ref": "#/components/schemas/Problem"}

# What any route under /api may answer with.
ALWAYS: tuple[type[ServiceError], ...] = (
    MissingTokenError,
    InvalidTokenError,
    RoleNotAllowedError,
    RequestTooLargeError,
    RuleViolationError,
    TooManyRequestsError,
    AuthUnavailableError,
    DatabaseUnavailableError,
    DatabaseBusyError,
    DeadlineExceededError,
)

# Errors take typed arguments; those that are not named here are ids and versions.
ARGUMENTS: dict[str, object] = {
    "field": "price",
    "limit": 1_048_576,
    "message": "Input should be between 0.01 and 9999999999.99",
    "retry_after": 1,
    "seconds": 10,
    "sku": "NB-1001",
}
ANY_NUMBER = 7
# No example gives away where it was made: the path is filled in for each operation.
SCOPE = {"path": ""}

Documented = dict[int | str, dict[str, Any]]


def problems(*errors: type[ServiceError]) -> Documented:
    """Document these errors, and those that any route may answer with."""
    documented: Documented = {}
    for answer in _answers(dict.fromkeys((*ALWAYS, *errors))):
        example = json.loads(bytes(answer.body))
        described = documented.setdefault(answer.status_code, _response())
        described["description"] = " or ".join(
            filter(None, (described["description"], example["title"]))
        )
        described["content"][PROBLEM]["examples"][example["code"]] = {
            "summary": example["detail"],
            "value": example,
        }
        described["headers"] |= {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("Retry-After", "WWW-Authenticate")
            if name in answer.headers
        }
    return documented


def _answers(errors: Iterable[type[ServiceError]]) -> Iterator[Response]:
    for error in errors:
        yield service_problem(SCOPE, sample(error))
    yield internal_problem(SCOPE)


def sample(error: type[ServiceError]) -> ServiceError:
    names = inspect.signature(error).parameters
    return error(**{name: ARGUMENTS.get(name, ANY_NUMBER) for name in names})


def _response() -> dict[str, Any]:
    content = {PROBLEM: {"schema": SCHEMA, "examples": {}}}
    return {"description": "", "headers": {}, "content": content}
