"""The one place where errors become HTTP: their statuses and their RFC 9457 documents."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

import app
from app.exceptions import base
from app.utils.request_context import request_id
from app.utils.route_path import route_path

PROBLEM_TYPES = f"https://{app.__slug__}.example/problems/"

STATUSES: dict[type[base.ServiceError], int] = {
    base.InvalidRequestError: 400,
    base.UnauthenticatedError: 401,
    base.PermissionDeniedError: 403,
    base.NotFoundError: 404,
    base.RequestTimeoutError: 408,
    base.ConflictError: 409,
    base.PreconditionFailedError: 412,
    base.RequestTooLargeError: 413,
    base.UnsupportedMediaError: 415,
    base.RuleViolationError: 422,
    base.TooManyRequestsError: 429,
    base.UnavailableError: 503,
    base.DeadlineExceededError: 504,
}

# After these the rest of the body is not read, so the connection cannot be used again.
_CLOSING = {408, 413}

Errors = list[dict[str, str]]


def status_of(error: type[base.ServiceError]) -> int:
    return next(STATUSES[category] for category in error.__mro__ if category in STATUSES)


def problem(
    scope: Scope,
    *,
    status: int,
    code: str,
    detail: str,
    errors: Errors | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    document: dict[str, Any] = {
        "type": PROBLEM_TYPES + code.replace("_", "-"),
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": scope["path"],
        "code": code,
        "request_id": request_id.get() or "",
    }
    if errors is not None:
        document["errors"] = errors
    # ASCII: paths and field names may hold what UTF-8 cannot.
    body = json.dumps(document).encode("ascii")
    return Response(body, status, dict(headers or {}), "application/problem+json")


def service_problem(scope: Scope, error: base.ServiceError) -> Response:
    status = status_of(type(error))
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _CLOSING:
        headers["Connection"] = "close"
    if (seconds := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    errors = None
    if isinstance(error, base.RuleViolationError):
        errors = [{"field": error.field, "message": str(error), "type": error.code}]
    return problem(
        scope, status=status, code=error.code, detail=str(error), errors=errors, headers=headers
    )


async def validation_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    errors = _field_errors(error.errors())
    fields = ", ".join(entry["field"] for entry in errors)
    return problem(
        request.scope,
        status=422,
        code="validation_failed",
        detail=f"The request is not valid: see {fields}",
        errors=errors,
    )


async def http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if isinstance(error.__cause__, base.ServiceError):
        # FastAPI turns whatever goes wrong while it reads the body into a 400.
        return service_problem(request.scope, error.__cause__)
    phrase = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_allowed_methods(request)))
    return problem(
        request.scope,
        status=error.status_code,
        code=phrase.lower().replace(" ", "_").replace("-", "_"),
        detail=phrase if error.detail == phrase else str(error.detail),
        headers=headers,
    )


def _allowed_methods(request: Request) -> set[str]:
    """Ask every route: the one that raised the error knows only its own methods."""
    allowed: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.path_regex.match(route_path(request.scope)):
            allowed |= route.methods
    return allowed | {"HEAD"} if "GET" in allowed else allowed


def _field_errors(errors: Iterable[Mapping[str, Any]]) -> Errors:
    """Name each field once, and never what was sent in it."""
    first: dict[str, dict[str, str]] = {}
    for error in errors:
        source, *path = error["loc"]
        if error["type"] == "json_invalid":
            path = []
        field = ".".join(map(str, path))[:100] or str(source)
        message = error["msg"].removeprefix("Value error, ")
        first.setdefault(field, {"field": field, "message": message, "type": error["type"]})
    return list(first.values())
