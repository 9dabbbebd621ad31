from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(FastAPI):
    """FastAPI whose requests take the shortest way to the middleware.

    Leaves out what a cached read would pay for: FastAPI's search for receivers of its telemetry,
    which must be off, and Starlette's response to errors that no middleware has handled, which is
    that of the server.
    """

    _middleware: ASGIApp | None = None

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        self._middleware = stack
        if isinstance(stack, ServerErrorMiddleware) and not (stack.handler or stack.debug):
            self._middleware = stack.app
        return stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        middleware = self._middleware
        if scope["type"] != "http" or self.root_path or middleware is None:
            await super().__call__(scope, receive, send)
        else:
            scope["app"] = self
            await middleware(scope, receive, send)
