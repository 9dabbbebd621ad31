"""The application: `create_app()`, and `app.main:app` for servers."""

import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from multiprocessing import parent_process
from operator import attrgetter
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from app.api import docs_endpoints, health_endpoints
from app.api.openapi import describe
from app.api.ready_answers import ReadyAnswersMiddleware
from app.api.v1 import router as v1
from app.config.logging import configure_logging
from app.config.settings import Settings, SettingsError, load_settings
from app.infrastructure.logging.error_log import ErrorLogHandler
from app.infrastructure.maintenance import repeating
from app.infrastructure.resources import Resources, open_resources
from app.middleware.audit_middleware import AuditMiddleware
from app.middleware.cors_middleware import ProblemCORSMiddleware
from app.middleware.error_guard import ErrorGuardMiddleware
from app.middleware.error_handler import http_problem, validation_problem
from app.middleware.rate_limiter import RateLimiterMiddleware
from app.middleware.request_context import RequestContextMiddleware
from app.middleware.request_limits import RequestLimitsMiddleware
from app.repositories.postgres_idempotency_repository import PostgresIdempotencyRepository


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; nothing is opened before its lifespan starts."""
    settings = settings or load_settings()
    app = FastAPI(
        title=settings.app_name,
        version=settings.app_version,
        description=settings.app_description,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=attrgetter("name"),
        lifespan=_lifespan(settings),
        middleware=_middleware(settings),
        exception_handlers={
            RequestValidationError: validation_problem,
            HTTPException: http_problem,
        },
    )
    app.include_router(v1.router, prefix="/api")
    app.include_router(health_endpoints.router)
    if settings.docs_enabled:
        docs_endpoints.add_docs(app)
    describe(app, public_reads=settings.public_reads)
    return app


def _lifespan(settings: Settings) -> Any:  # noqa: ANN401 - Starlette's own type is generic
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Resources]]:
        async with open_resources(settings) as resources:
            configure_logging(settings, ErrorLogHandler(resources.error_file))
            records = PostgresIdempotencyRepository(database=resources.database)
            async with repeating(records.remove_expired):
                yield {"resources": resources}

    return lifespan


def _middleware(settings: Settings) -> list[Middleware]:
    """List the middleware, outermost first."""
    # In production whatever stands before the service keeps the log of all requests.
    read_level = logging.DEBUG if settings.app_env == "production" else logging.INFO
    return [
        Middleware(RequestContextMiddleware, read_level=read_level),
        Middleware(ProblemCORSMiddleware, origins=settings.cors_origins),
        Middleware(AuditMiddleware, trusted_proxies=settings.trusted_proxies),
        *_rate_limiter(settings),
        Middleware(ErrorGuardMiddleware),
        # Before the limits: what is kept needs no time and reads no body.
        Middleware(ReadyAnswersMiddleware),
        Middleware(
            RequestLimitsMiddleware,
            max_body_bytes=settings.max_body_bytes,
            timeout_seconds=settings.request_timeout_seconds,
        ),
    ]


def _rate_limiter(settings: Settings) -> list[Middleware]:
    if not (limit := settings.rate_limit_per_minute):
        return []
    return [
        Middleware(
            RateLimiterMiddleware,
            limit=limit,
            trusted_proxies=settings.trusted_proxies,
        )
    ]


@cache
def _default_app() -> FastAPI:
    try:
        return create_app()
    except SettingsError as error:
        _stop_supervisor()
        sys.exit(f"The service cannot start:\n{error}")


def _stop_supervisor() -> None:
    """End uvicorn's parent process too, if there is one: it would try again for ever."""
    if (parent := parent_process()) is not None and parent.pid is not None:
        os.kill(parent.pid, signal.SIGTERM)


def __getattr__(name: str) -> FastAPI:
    """Make `app` when a server asks for it, so that importing this module opens nothing."""
    if name != "app":
        raise AttributeError(name)
    return _default_app()
