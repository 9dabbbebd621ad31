"""The table of problem types, from the exceptions that become responses."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from inspect import isfunction

import app.main  # noqa: F401 - every exception is defined once this is imported
from app.api.openapi.problem_responses import SCOPE, example_of
from app.exceptions.base import NotFoundError, RuleViolationError, ServiceError
from app.exceptions.shared import import_exceptions
from app.infrastructure.http_protocol.refusals import REFUSALS, Refusal
from app.middleware.error_guard_middleware import internal_problem
from app.middleware.error_handler import service_problem
from devtools.documents.markdown import table

Row = tuple[str, str, str]

# Responses without an exception class of the service.
OTHERS: list[Row] = [
    ("400", "`cors_refused`", "The origin, method or header of a CORS preflight is not allowed"),
    ("404", f"`{NotFoundError.code}`", "There is no such path"),
    ("405", "`method_not_allowed`", "The header `Allow` lists the methods of this path"),
    (
        "422",
        f"`{RuleViolationError.code}`",
        "`errors` has one entry for each field that is not valid",
    ),
    ("500", "`internal_error`", json.loads(bytes(internal_problem(SCOPE).body))["detail"]),
]


def problems_table() -> str:
    return table(
        ("status", "`code`", "meaning"),
        sorted({*map(_row, _errors_in(ServiceError)), *OTHERS, *map(_refusal_row, REFUSALS)}),
    )


def _refusal_row(refusal: Refusal) -> Row:
    retry = " (`Retry-After`)" if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"{refusal.status}{retry}", f"`{refusal.code}`", refusal.detail


def _row(error: type[ServiceError]) -> Row:
    answer = service_problem(SCOPE, example_of(error))
    retry = " (`Retry-After`)" if "Retry-After" in answer.headers else ""
    return f"{answer.status_code}{retry}", f"`{error.code}`", str(example_of(error))


def _errors_in(category: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """Yield the errors that have no subclasses, except those of the command line."""
    for error in category.__subclasses__():
        if error.__subclasses__():
            yield from _errors_in(error)
        elif error.__module__.startswith("app.") and _has_a_message(error):
            yield error


def _has_a_message(error: type[ServiceError]) -> bool:
    """Return whether a client can receive this error; a bare category is never raised."""
    if error.__module__ == import_exceptions.__name__ or error in {
        NotFoundError,
        RuleViolationError,
    }:
        return False
    return isfunction(error.__init__)
