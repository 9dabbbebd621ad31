import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exceptions.base import DeadlineExceededError, RequestTimeoutError, RequestTooLargeError
from app.exceptions.shared.request_exceptions import UnsupportedContentCodingError

# What a list of codings may contain if the body has none (RFC 9110, 5.6.1 and 12.5.3).
_NO_CODING = {"", "identity"}


class RequestLimitsMiddleware:
    """Limits the duration of a request, and the size and the coding of its body.

    The duration of a streamed response is that of each of its parts, without the time in which the
    client reads it.

    A compressed body is refused before it is read: its size says nothing about the size of the
    content.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, timeout_seconds: float) -> None:
        self.app = app
        self._max_body_bytes = max_body_bytes
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _LimitedBody(receive, max_bytes=self._max_body_bytes)
        headers = Headers(scope=scope)
        _check_coding(headers)
        body.check_content_length(headers.get("content-length"))

        is_streaming = False

        async def send_in_time(message: Message) -> None:
            nonlocal is_streaming
            if not message.get("more_body", False):
                await send(message)
                return
            is_streaming = True
            # The server bounds how long a client reads nothing.
            deadline.reschedule(None)
            await send(message)
            deadline.reschedule(asyncio.get_running_loop().time() + self._timeout_seconds)

        try:
            async with asyncio.timeout(self._timeout_seconds) as deadline:
                await self.app(scope, body.receive, send_in_time)
        except TimeoutError:
            if not deadline.expired():
                raise
            # While a response is streamed, `receive` waits for the client to leave.
            awaits_body = body.is_awaited and not is_streaming
            timeout_error = RequestTimeoutError if awaits_body else DeadlineExceededError
            raise timeout_error(self._timeout_seconds) from None


class _LimitedBody:
    def __init__(self, receive: Receive, *, max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._received = 0
        self.is_awaited = False

    def check_content_length(self, content_length: str | None) -> None:
        if content_length and content_length.isdecimal() and int(content_length) > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes)

    async def receive(self) -> Message:
        self.is_awaited = True
        message = await self._receive()
        self.is_awaited = False
        self._received += len(message.get("body", b""))
        if self._received > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes)
        return message


def _check_coding(headers: Headers) -> None:
    """Raise UnsupportedContentCodingError if there is a body with a coding but `identity`."""
    codings = ",".join(headers.getlist("content-encoding")).lower().split(",")
    if all(coding.strip() in _NO_CODING for coding in codings):
        return
    if "transfer-encoding" in headers or headers.get("content-length", "0").strip("0"):
        raise UnsupportedContentCodingError
