"""Map errors to HTTP statuses and problem documents (RFC 9457)."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from app.exceptions import base
from app.utils.problem_document import Errors, problem_document, status_code_name
from app.utils.request_context import request_id
from app.utils.response_headers import CACHE_CONTROL, NO_STORE
from app.utils.route_path import route_path

STATUSES: dict[type[base.ServiceError], int] = {
    base.InvalidRequestError: 400,
    base.UnauthenticatedError: 401,
    base.PermissionDeniedError: 403,
    base.NotFoundError: 404,
    base.RequestTimeoutError: 408,
    base.NotAcceptableError: 406,
    base.ConflictError: 409,
    base.PreconditionFailedError: 412,
    base.RequestTooLargeError: 413,
    base.UnsupportedMediaError: 415,
    base.RuleViolationError: 422,
    base.TooManyRequestsError: 429,
    base.UnavailableError: 503,
    base.DeadlineExceededError: 504,
}

# The rest of the request body is not read, so the connection cannot be reused.
_CLOSE_CONNECTION = {408, 413}

MAX_FIELD_ERRORS = 50


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
    body = problem_document(
        status=status,
        code=code,
        detail=detail,
        instance=scope["path"],
        request_id=request_id.get() or "",
        errors=errors,
    )
    headers = {CACHE_CONTROL: NO_STORE, **(headers or {})}
    return Response(body, status, headers, "application/problem+json")


def service_problem(scope: Scope, error: base.ServiceError) -> Response:
    status = status_of(type(error))
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _CLOSE_CONNECTION:
        headers["Connection"] = "close"
    if (coding := getattr(error, "accepted_coding", None)) is not None:
        headers["Accept-Encoding"] = coding
    if (seconds := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    errors = None
    if isinstance(error, base.RuleViolationError):
        errors = [{"field": error.field, "message": str(error), "type": error.code}]
    return problem(
        scope, status=status, code=error.code, detail=str(error), errors=errors, headers=headers
    )


async def validation_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    errors = _field_errors(error.errors())
    fields = ", ".join(entry["field"] for entry in errors)
    return problem(
        request.scope,
        status=422,
        code="validation_failed",
        detail=f"Validation failed for: {fields}",
        errors=errors,
    )


async def http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    if isinstance(error.__cause__, base.ServiceError):
        # FastAPI converts any error while reading the body to a 400.
        return service_problem(request.scope, error.__cause__)
    phrase = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_allowed_methods(request)))
    return problem(
        request.scope,
        status=error.status_code,
        code=status_code_name(error.status_code),
        detail=phrase if error.detail == phrase else str(error.detail),
        headers=headers,
    )


def _allowed_methods(request: Request) -> set[str]:
    """Collect the methods of all routes with this path; each route knows only its own.

    A path without parameters, such as `/orders/export`, hides those with them.
    """
    path = route_path(request.scope)
    allowed: set[str] = set()
    named: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.path_regex.match(path):
            allowed |= route.methods
            named |= route.methods if route.path == path else set()
    allowed = named or allowed
    return allowed | {"HEAD"} if "GET" in allowed else allowed


def _field_errors(errors: Iterable[Mapping[str, Any]]) -> Errors:
    """List the first fields, each once, without the submitted value."""
    first: dict[str, dict[str, str]] = {}
    for error in errors:
        if len(first) == MAX_FIELD_ERRORS:
            break
        source, *path = error["loc"]
        if error["type"] == "json_invalid":
            path = []
        field = ".".join(map(str, path))[:100] or str(source)
        message = error["msg"].removeprefix("Value error, ")
        first.setdefault(field, {"field": field, "message": message, "type": error["type"]})
    return list(first.values())
