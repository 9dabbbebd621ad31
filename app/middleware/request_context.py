import logging
import re
from http import HTTPStatus
from random import getrandbits
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.infrastructure.messaging.outbox import current_outbox
from app.infrastructure.resources import Resources
from app.utils.request_context import request_id, traceparent
from app.utils.response_headers import with_headers

logger = logging.getLogger("app.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)

_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_READING = {"GET", "HEAD"}


class RequestContextMiddleware:
    """Names the request, in its answer and in every log line; stands outermost.

    HEAD is answered here as GET without its body, once for all routes. A read that went well
    is logged at `read_level`; everything else at INFO.
    """

    def __init__(self, app: ASGIApp, *, read_level: int) -> None:
        self.app = app
        self._read_level = read_level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"])
        identifier = _valid(_REQUEST_ID, given.get(b"x-request-id")) or _new_id()
        trace = _valid(_TRACEPARENT, given.get(b"traceparent"))
        request_id.set(identifier)
        traceparent.set(trace)
        resources: Resources = scope["state"]["resources"]
        current_outbox.set(resources.messaging.outbox)
        added = [(b"x-request-id", identifier.encode()), _NO_SNIFFING]
        if trace is not None:
            added.append((b"traceparent", trace.encode()))
        status = 0
        started = perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = with_headers(message, *added)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self.app(inner, receive, send_named)
        finally:
            self._log(scope, status, perf_counter() - started)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        is_good_read = scope["method"] in _READING and 0 < status < HTTPStatus.BAD_REQUEST
        level = self._read_level if is_good_read else logging.INFO
        if logger.isEnabledFor(level):
            milliseconds = seconds * 1000
            logger.log(
                level, "%s %s %d %.1fms", scope["method"], scope["path"], status, milliseconds
            )


def _new_id() -> str:
    # A name and no secret: asking the kernel for randomness costs several times as much.
    return f"{getrandbits(128):032x}"


def _valid(pattern: re.Pattern[str], value: bytes | None) -> str | None:
    text = (value or b"").decode("latin-1")
    return text if pattern.fullmatch(text) else None
