"""Read responses of the auth service: faults of the service apart from those of one account."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.models.shared.principal import Principal
from app.utils.http_retry_client import HttpResponse
from app.utils.json_text import from_json

MAX_FIELD_CHARS = 255
REFUSALS = frozenset({401, 403})
CLIENT_ERRORS = range(400, 500)


class FaultyResponseError(Exception):
    """No working auth service sends this: another status, a redirect, invalid JSON.

    A message says what an operator has to change; it contains no value of the response.
    """


class UnusableResponseError(Exception):
    """A valid response that is of no use for one account; `reason` contains no value of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnusableAccountError(UnusableResponseError):
    """The token is accepted, but the response has no usable user or role."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller, and when the auth service expects its token to end: seconds since the epoch."""

    principal: Principal
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Response of a working auth service about one token; `document` is set with status 200."""

    status: int
    document: object


def read_verdict(response: HttpResponse) -> Verdict:
    """Raise FaultyResponseError if the response shows a fault of the service itself."""
    if response.status in CLIENT_ERRORS:
        return Verdict(response.status, None)
    if response.status != 200:  # noqa: PLR2004 - a status code explains itself
        raise FaultyResponseError
    try:
        return Verdict(response.status, from_json(response.body))
    except ValueError as error:
        raise FaultyResponseError from error


def object_of(verdict: Verdict) -> Mapping[str, object]:
    """Raise UnusableAccountError unless the response is a JSON object."""
    if not isinstance(verdict.document, dict):
        raise UnusableAccountError("no JSON object")
    return verdict.document


def text_member(document: Mapping[str, object], field: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_FIELD_CHARS:
        raise UnusableAccountError(f"`{field}` is no string of 1 to {MAX_FIELD_CHARS} characters")
    # Lone surrogates and NUL can be neither logged nor stored.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise UnusableAccountError(f"`{field}` contains characters that cannot be stored")
    return value
