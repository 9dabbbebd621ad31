import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.exceptions.base import ServiceError
from app.infrastructure.tracing.current_span import recording_span
from app.middleware.error_handler import problem, service_problem
from app.middleware.route_template import route_template
from app.utils.log_text import shortened

logger = logging.getLogger(__name__)

_FIRST_SERVER_ERROR = 500


class ErrorGuardMiddleware:
    """Converts every exception of the application to a problem document.

    Runs inside the middleware that adds CORS headers and the request ID. Starlette's own handler
    for Exception runs outside it, so its responses would lack both.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            # Set by `RequestContextMiddleware` when the response begins.
            if scope["response_status"]:
                if not isinstance(error, ServiceError):
                    raise
                # The server closes the connection, because the end of the body is missing.
                route = route_template(scope).path
                logger.warning("The response to %s ended early: %s", route, error)
                return
            response = _error_response(scope, error)
            _record_in_trace(response.status_code, error)
            await response(scope, receive, send)


def _record_in_trace(status: int, error: Exception) -> None:
    if status >= _FIRST_SERVER_ERROR and (span := recording_span()) is not None:
        span.mark_failed(type(error).__name__)


def _error_response(scope: Scope, error: Exception) -> Response:
    if isinstance(error, ServiceError):
        return service_problem(scope, error)
    route = f"{scope['method']} {route_template(scope).path or shortened(scope['path'])}"
    logger.error("Unexpected error in %s", route, exc_info=error, extra={"route": route})
    return internal_problem(scope)


def internal_problem(scope: Scope) -> Response:
    return problem(
        scope,
        status=500,
        code="internal_error",
        detail="Internal server error; quote the request ID",
    )
