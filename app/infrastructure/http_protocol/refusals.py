"""Requests that are refused before they reach the application, and their responses."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.exceptions.base import OverloadedError
from app.utils.problem_document import problem_document, status_code_name

MAX_HEAD_BYTES = 65_536
MAX_FIELDS = 100
VERSIONS = ("1.1", "1.0")
RETRY_AFTER = (b"retry-after", b"1")


class Refusal(NamedTuple):
    """Status and text of a problem document; the connection is closed after it."""

    status: int
    detail: str
    own_code: str = ""
    reason: str = "parser"
    """Label of the metric."""

    @property
    def code(self) -> str:
        return self.own_code or status_code_name(self.status)


MALFORMED = Refusal(400, "The request is not valid HTTP/1.1")
INVALID_TARGET = Refusal(400, "The request target must be a path or an http URL")
INVALID_HOST = Refusal(400, "The request must have exactly one valid Host header")
HEAD_TIMEOUT = Refusal(408, "The headers of the request were not complete in time", reason="slow")
UNKNOWN_EXPECTATION = Refusal(417, "The only supported expectation is 100-continue")
HEAD_TOO_LARGE = Refusal(
    431, f"Request line, headers and trailers exceed {MAX_HEAD_BYTES} bytes or {MAX_FIELDS} fields"
)
UNKNOWN_CODING = Refusal(501, "The only supported transfer coding is chunked")
NO_TUNNEL = Refusal(501, "CONNECT is not supported")
TOO_MANY_CONNECTIONS = Refusal(503, "Too many connections; try again later", reason="connections")
OVERLOADED = Refusal(503, str(OverloadedError()), OverloadedError.code)
UNKNOWN_VERSION = Refusal(505, "The only supported versions are HTTP/1.1 and HTTP/1.0")

REFUSALS = (
    *(MALFORMED, INVALID_TARGET, INVALID_HOST, HEAD_TIMEOUT, UNKNOWN_EXPECTATION),
    *(HEAD_TOO_LARGE, UNKNOWN_CODING, NO_TUNNEL, TOO_MANY_CONNECTIONS, OVERLOADED),
    UNKNOWN_VERSION,
)


class RefusedRequestError(Exception):
    """Ends parsing; httptools passes it on as the context of its own error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def refusal_in(error: Exception) -> Refusal:
    """Return the refusal that a parser callback raised, else that of malformed HTTP."""
    cause = error.__context__
    return cause.refusal if isinstance(cause, RefusedRequestError) else MALFORMED


def render_refusal(
    refusal: Refusal,
    *,
    path: str,
    request_id: str,
    has_body: bool,
    default_headers: Iterable[tuple[bytes, bytes]],
) -> bytes:
    """Render the whole HTTP response."""
    body = problem_document(
        status=refusal.status,
        code=refusal.code,
        detail=refusal.detail,
        instance=path,
        request_id=request_id,
    )
    headers = [
        *default_headers,
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(RETRY_AFTER)
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return STATUS_LINE[refusal.status] + lines + b"\r\n" + (body if has_body else b"")
