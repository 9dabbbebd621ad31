"""The table of problem types, from the exceptions that become answers."""

import json
from collections.abc import Iterator
from inspect import isfunction

import app.main  # noqa: F401 - every exception is defined once this is imported
from app.api.problems import SCOPE, sample
from app.exceptions import import_exceptions
from app.exceptions.base import NotFoundError, RuleViolationError, ServiceError
from app.middleware.error_guard import internal_problem
from app.middleware.error_handler import service_problem
from devtools.documents.markdown import table

Row = tuple[str, str, str]

# What is answered without an exception of its own.
OTHERS: list[Row] = [
    ("404", f"`{NotFoundError.code}`", "There is no such path"),
    ("405", "`method_not_allowed`", "The header `Allow` names the methods of this path"),
    ("422", f"`{RuleViolationError.code}`", "`errors` says of each field what is wrong with it"),
    ("500", "`internal_error`", json.loads(bytes(internal_problem(SCOPE).body))["detail"]),
]


def problems_table() -> str:
    return table(
        ("status", "`code`", "what it says"), sorted([*map(_row, _answered(ServiceError)), *OTHERS])
    )


def _row(error: type[ServiceError]) -> Row:
    answer = service_problem(SCOPE, sample(error))
    retry = " (`Retry-After`)" if "Retry-After" in answer.headers else ""
    return f"{answer.status_code}{retry}", f"`{error.code}`", str(sample(error))


def _answered(category: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """Find the errors that are no category of others, but for those of the command line."""
    for error in category.__subclasses__():
        if error.__subclasses__():
            yield from _answered(error)
        elif error.__module__.startswith("app.") and _has_a_message(error):
            yield error


def _has_a_message(error: type[ServiceError]) -> bool:
    """Return whether a client can be told it: a category needs a domain's errors for that."""
    if error.__module__ == import_exceptions.__name__ or error in {
        NotFoundError,
        RuleViolationError,
    }:
        return False
    return isfunction(error.__init__)
