"""The test service with a route that counts its requests: `POST /count`."""

from functools import cache

from fastapi import FastAPI, Request

from app.infrastructure.resources import resources_of
from tests.support import service


@cache
def _app() -> FastAPI:
    app = service.create_app(owns_process=True)

    @app.post("/count")
    async def count(request: Request) -> None:
        metrics = resources_of(request.scope).metrics
        metrics.increment("requests_refused_total", reason="counted")
        metrics.observe("message_handling_seconds", 0.02)

    return app


def __getattr__(name: str) -> FastAPI:
    """Create `app` on first access, as `app.main` does."""
    if name != "app":
        raise AttributeError(name)
    return _app()
