import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exceptions.base import DeadlineExceededError, RequestTimeoutError, RequestTooLargeError


class RequestLimitsMiddleware:
    """Bounds a request in time and its body in bytes; uvicorn does neither."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, timeout_seconds: float) -> None:
        self.app = app
        self._max_body_bytes = max_body_bytes
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _LimitedBody(receive, max_bytes=self._max_body_bytes)
        body.check_announced(Headers(scope=scope).get("content-length"))
        try:
            async with asyncio.timeout(self._timeout_seconds) as deadline:
                await self.app(scope, body.receive, send)
        except TimeoutError:
            if not deadline.expired():
                raise
            late = RequestTimeoutError if body.is_awaited else DeadlineExceededError
            raise late(self._timeout_seconds) from None


class _LimitedBody:
    def __init__(self, receive: Receive, *, max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._seen = 0
        self.is_awaited = False

    def check_announced(self, content_length: str | None) -> None:
        if content_length and content_length.isdecimal() and int(content_length) > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes)

    async def receive(self) -> Message:
        self.is_awaited = True
        message = await self._receive()
        self.is_awaited = False
        self._seen += len(message.get("body", b""))
        if self._seen > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes)
        return message
