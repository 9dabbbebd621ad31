from ipaddress import ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exceptions.base import TooManyRequestsError, UnauthenticatedError
from app.infrastructure.rate_limit.rate_limiter import WINDOW_SECONDS, Verdict
from app.infrastructure.resources import Resources
from app.infrastructure.security.bearer import bearer_token
from app.middleware.error_handler import service_problem
from app.utils.client_address import Network, client_address
from app.utils.response_headers import with_headers
from app.utils.route_path import route_path


class RateLimiterMiddleware:
    """Bounds what one client may ask of /api, and tells it what is left.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """

    def __init__(self, app: ASGIApp, *, limit: int, trusted_proxies: list[Network]) -> None:
        self.app = app
        self._trusted_proxies = trusted_proxies
        policy = f'"default";q={limit};w={WINDOW_SECONDS}'
        self._policy = (b"ratelimit-policy", policy.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not route_path(scope).startswith("/api/"):
            await self.app(scope, receive, send)
            return
        limiter = scope["state"]["resources"].rate_limiter
        verdict = limiter.admit(_client(scope, self._trusted_proxies))
        if not isinstance(verdict, Verdict):
            verdict = await verdict
        seconds = min(verdict.reset_after, WINDOW_SECONDS)

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                left = f'"default";r={verdict.remaining};t={seconds}'
                message = with_headers(message, self._policy, (b"ratelimit", left.encode()))
            await send(message)

        app = self.app
        if not verdict.is_admitted:
            app = service_problem(scope, TooManyRequestsError(retry_after=verdict.reset_after))
        await app(scope, receive, send_with_limit)


def _client(scope: Scope, trusted_proxies: list[Network]) -> str:
    """Name the caller whose token is genuine, else the address (an IPv6 host's whole /64)."""
    resources: Resources = scope["state"]["resources"]
    try:
        token = bearer_token(Headers(scope=scope).getlist("authorization"))
        return f"sub:{resources.tokens.subject_of(token)}"
    except UnauthenticatedError:
        address = client_address(scope, trusted_proxies)
        return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
