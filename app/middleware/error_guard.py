import logging

from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exceptions.base import ServiceError
from app.middleware.error_handler import problem, service_problem

logger = logging.getLogger(__name__)


class ErrorGuardMiddleware:
    """Answers whatever the application raises.

    It stands inside the middleware that decorates responses: Starlette's own handler for
    Exception stands outside, so that its answers would lack CORS headers and request id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting_start)
        except Exception as error:
            if started:
                raise
            await _answer(scope, error)(scope, receive, send)


def _answer(scope: Scope, error: Exception) -> Response:
    if isinstance(error, ServiceError):
        return service_problem(scope, error)
    route = f"{scope['method']} {_path(scope)}"
    logger.error("Unexpected error in %s", route, exc_info=error, extra={"route": route})
    return internal_problem(scope)


def internal_problem(scope: Scope) -> Response:
    return problem(
        scope,
        status=500,
        code="internal_error",
        detail="Something went wrong here; it has been noted under the request id",
    )


def _path(scope: Scope) -> str:
    """Find the route's whole path: the one in the scope lacks the prefixes of its routers."""
    if (endpoint := scope.get("endpoint")) is not None:
        for route in iter_route_contexts(scope["app"].routes):
            if route.endpoint is endpoint:
                return str(route.path)
    return str(scope["path"])
