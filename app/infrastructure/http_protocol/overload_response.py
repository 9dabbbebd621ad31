"""Response to a request for which the process has no time, rendered from prepared parts."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.infrastructure.http_protocol.refusals import OVERLOADED, RETRY_AFTER
from app.utils.problem_document import problem_document
from app.utils.request_context import new_request_id, valid_request_id

Headers = list[tuple[bytes, bytes]]

_FIXED_HEADERS: Headers = [
    (b"content-type", b"application/problem+json"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    RETRY_AFTER,
]
_START, _MIDDLE, _END = problem_document(
    status=OVERLOADED.status,
    code=OVERLOADED.code,
    detail=OVERLOADED.detail,
    instance="\0",
    request_id="\0",
).split(b'"\\u0000"')


class OverloadResponse:
    """Renders the HTTP response; the head is prepared once for each second."""

    def __init__(self) -> None:
        self._default_headers: Headers | None = None
        self._head = b""

    def render(
        self,
        path: str,
        received_id: bytes,
        *,
        has_body: bool,
        default_headers: Headers,
    ) -> bytes:
        if default_headers is not self._default_headers:
            # uvicorn replaces the list when the date changes.
            self._default_headers = default_headers
            self._head = STATUS_LINE[OVERLOADED.status] + _lines(
                [*default_headers, *_FIXED_HEADERS]
            )
        identifier = received_id or new_request_id().encode()
        body = _body(path, identifier)
        return b"%bx-request-id: %b\r\ncontent-length: %d\r\n\r\n%b" % (
            self._head,
            identifier,
            len(body),
            body if has_body else b"",
        )


async def respond_overloaded(
    scope: Scope,
    receive: ASGIReceiveCallable,  # noqa: ARG001 - part of the interface
    send: ASGISendCallable,
) -> None:
    """Send the same response as an ASGI application, for requests that had to wait."""
    assert scope["type"] == "http"  # noqa: S101 - the only type that waits
    identifier = received_id_in(dict(scope["headers"])) or new_request_id().encode()
    body = _body(scope["path"], identifier)
    length = str(len(body)).encode()
    headers = [*_FIXED_HEADERS, (b"x-request-id", identifier), (b"content-length", length)]
    await send({"type": "http.response.start", "status": OVERLOADED.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def received_id_in(fields: Mapping[bytes, bytes]) -> bytes:
    """Return the valid request ID that the client has sent, or b""."""
    received = fields.get(b"x-request-id", b"").decode("latin-1")
    return (valid_request_id(received) or "").encode()


def _body(path: str, identifier: bytes) -> bytes:
    return b'%b"%b"%b' % (_body_before_id(path), identifier, _END)


@lru_cache(maxsize=32)  # few: a path may have 64 KB
def _body_before_id(path: str) -> bytes:
    return _START + json.dumps(path).encode() + _MIDDLE


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)
