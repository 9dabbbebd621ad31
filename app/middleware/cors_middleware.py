from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.error_handler import problem
from app.utils.response_headers import with_headers

METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
    "traceparent",
)
RESPONSE_HEADERS = (
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
    """Starlette's, but a preflight is refused with a problem document, too."""

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
            response = _refused(scope, response)
        await response(scope, receive, send)


def _varying_by_origin(send: Send) -> Send:
    """Tell caches that another origin may be answered otherwise."""

    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = with_headers(message, (b"vary", b"Origin"))
        await send(message)

    return send_varying


def _refused(scope: Scope, response: Response) -> Response:
    kept = {name: value for name, value in response.headers.items() if name not in _REPLACED}
    return problem(
        scope,
        status=response.status_code,
        code="cors_refused",
        detail=bytes(response.body).decode(),
        headers=kept,
    )


_REPLACED = {"content-length", "content-type"}
