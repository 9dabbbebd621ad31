from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.error_handler import problem
from app.utils.response_headers import CACHE_CONTROL, NO_STORE, with_headers

METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
    # Sent by the browsers' tracing libraries (W3C Trace Context, W3C Baggage, Sentry).
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
)
RESPONSE_HEADERS = (
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
)


class ProblemCORSMiddleware(CORSMiddleware):
    """Starlette's CORS middleware; refuses a preflight request with a problem document."""

    def __init__(self, app: ASGIApp, *, origins: list[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "origin" not in headers:
            await self.app(scope, receive, _varying_by_origin(send))
            return
        if scope["method"] != "OPTIONS" or "access-control-request-method" not in headers:
            await super().__call__(scope, receive, send)
            return
        response = self.preflight_response(headers)
        if response.status_code != Response().status_code:
            response = _preflight_problem(scope, response)
        response.headers[CACHE_CONTROL] = NO_STORE
        await response(scope, receive, send)


def _varying_by_origin(send: Send) -> Send:
    """Add `Vary: Origin`, because the response depends on the origin."""

    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = with_headers(message, (b"vary", b"Origin"))
        await send(message)

    return send_varying


def _preflight_problem(scope: Scope, response: Response) -> Response:
    headers = {name: value for name, value in response.headers.items() if name not in _REPLACED}
    return problem(
        scope,
        status=response.status_code,
        code="cors_refused",
        detail=bytes(response.body).decode(),
        headers=headers,
    )


_REPLACED = {"content-length", "content-type"}
