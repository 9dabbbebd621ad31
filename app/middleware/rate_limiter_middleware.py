from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exceptions.base import TooManyRequestsError
from app.infrastructure.rate_limit.rate_limiter import WINDOW_SECONDS, Decision
from app.infrastructure.resources import resources_of
from app.infrastructure.security.caller import caller_of
from app.middleware.error_handler import service_problem
from app.utils.client_address import Network
from app.utils.response_headers import with_headers
from app.utils.route_path import route_path


class RateLimiterMiddleware:
    """Limits the requests of one client to /api; reports the remaining quota in headers.

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
        resources = resources_of(scope)
        limiter = resources.rate_limiter
        assert limiter is not None  # noqa: S101 - the middleware is added only with a limit
        client = caller_of(scope, resources.tokens, self._trusted_proxies)
        decision = limiter.admit(client)
        if not isinstance(decision, Decision):
            decision = await decision
        resources.verdicts.count(decision)
        seconds = min(decision.reset_after, WINDOW_SECONDS)

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                quota = f'"default";r={decision.remaining};t={seconds}'
                message = with_headers(message, self._policy, (b"ratelimit", quota.encode()))
            await send(message)

        app = self.app
        if not decision.is_admitted:
            scope["rate_limited_client"] = client
            app = service_problem(scope, TooManyRequestsError(retry_after=decision.reset_after))
        await app(scope, receive, send_with_limit)
