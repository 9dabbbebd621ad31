"""Application factory `create_app()`, and `app.main:app` for servers."""

import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from multiprocessing import parent_process
from operator import attrgetter
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from app.api import health_endpoints
from app.api.application import Application
from app.api.docs import docs_endpoints
from app.api.http.cached_routes import require_known_guards
from app.api.http.response_cache import ResponseCacheMiddleware
from app.api.openapi.document import customize_openapi
from app.api.v1 import audit_endpoints
from app.api.v1 import router as v1
from app.config.logging import configure_logging
from app.config.settings import Settings, SettingsError, load_settings
from app.config.transports import warn_of_plain_transports
from app.infrastructure.audit.audit_retention import AuditRetention
from app.infrastructure.http_protocol.server_check import (
    configurations_of,
    remove_proxy_headers,
    warn_of_missing_limits,
)
from app.infrastructure.logging.error_log import ErrorLogHandler
from app.infrastructure.logging.line_counter import LineCounter
from app.infrastructure.maintenance import run_periodically
from app.infrastructure.resources import Resources, open_resources
from app.infrastructure.stopping.opening import accept_until_stopped
from app.middleware.audit_middleware import AuditMiddleware
from app.middleware.cors_middleware import ProblemCORSMiddleware
from app.middleware.error_guard_middleware import ErrorGuardMiddleware
from app.middleware.error_handler import http_problem, validation_problem
from app.middleware.rate_limiter_middleware import RateLimiterMiddleware
from app.middleware.request_context_middleware import RequestContextMiddleware
from app.middleware.request_limits_middleware import RequestLimitsMiddleware
from app.repositories.shared.postgres_idempotency_repository import PostgresIdempotencyRepository
from app.utils.platform_support import warn_of_missing_features

# Allocations until the garbage collector looks for cycles; few requests leave any. With Python's
# 700 it costs a tenth of a write (docs/PERFORMANCE.md).
GARBAGE_COLLECTION_THRESHOLDS = 50_000, 20, 10


def create_app(
    settings: Settings | None = None,
    *,
    router: APIRouter = v1.router,
    owns_process: bool = False,
) -> FastAPI:
    """Create the application with `router` under /api; its lifespan opens connections and files.

    An application that owns its process looks after the sockets on which the process listens, and
    excludes from garbage collection what exists once it has started.
    """
    settings = settings or load_settings()
    if owns_process:
        # Before uvicorn's first line about the process.
        configure_logging(settings)
    app = Application(
        title=settings.app_name,
        version=settings.app_version,
        description=settings.app_description,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=attrgetter("name"),
        lifespan=_lifespan(settings, owns_process=owns_process),
        middleware=_middleware(settings),
        # Its spans would double those of `RequestContextMiddleware`, at several times the cost.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            RequestValidationError: validation_problem,
            HTTPException: http_problem,
        },
    )
    app.include_router(router, prefix="/api")
    # After the domains, so that a domain of this name keeps its routes.
    app.include_router(audit_endpoints.router, prefix="/api/v1/audit", tags=["Audit"])
    app.include_router(health_endpoints.router)
    if settings.docs_enabled:
        docs_endpoints.add_docs(app, keeps_token=settings.app_env == "development")
    customize_openapi(app, settings)
    return app


def _lifespan(settings: Settings, *, owns_process: bool) -> Any:  # noqa: ANN401 - Starlette's own type is generic
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Resources]]:
        # Here, because a router may be included after `create_app`.
        require_known_guards(app)
        configurations = configurations_of(app)
        remove_proxy_headers(configurations)
        async with open_resources(settings) as resources:
            configure_logging(
                settings, ErrorLogHandler(resources.error_file), LineCounter(resources.metrics)
            )
            warn_of_plain_transports(settings)
            warn_of_missing_features()
            warn_of_missing_limits(configurations)
            if owns_process:
                _relieve_garbage_collector()
            async with AsyncExitStack() as upkeep:
                for work in _upkeep(resources):
                    await upkeep.enter_async_context(run_periodically(work))
                if owns_process:
                    upkeep.enter_context(
                        accept_until_stopped(
                            resources.lifecycle,
                            excluded_inodes=resources.metrics_server.socket_inodes,
                        )
                    )
                yield {"resources": resources}

    return lifespan


def _upkeep(resources: Resources) -> Iterator[Callable[[], Awaitable[object]]]:
    """Yield the removal of rows that are no longer needed."""
    yield PostgresIdempotencyRepository(database=resources.database).remove_expired
    if days := resources.settings.audit_retention_days:
        yield AuditRetention(database=resources.database, days=days).remove_old


def _middleware(settings: Settings) -> list[Middleware]:
    """List the middleware, outermost first."""
    # In production the reverse proxy logs all requests.
    read_level = logging.DEBUG if settings.app_env == "production" else logging.INFO
    return [
        Middleware(
            RequestContextMiddleware,
            read_level=read_level,
            trusted_proxies=settings.trusted_proxies,
        ),
        Middleware(ProblemCORSMiddleware, origins=settings.cors_origins),
        Middleware(AuditMiddleware, trusted_proxies=settings.trusted_proxies),
        *_rate_limiter(settings),
        Middleware(ErrorGuardMiddleware),
        # Outside the limits: a cached response needs no timeout and reads no body.
        Middleware(ResponseCacheMiddleware),
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
        return create_app(owns_process=True)
    except SettingsError as error:
        _stop_supervisor()
        sys.exit(f"The service cannot start:\n{error}")


def _relieve_garbage_collector() -> None:
    """Let the garbage collector run rarely, and skip what lives as long as the process.

    Visiting it would cost more than a third of a read that is not cached. The checks of the server
    must have run: they search the tracked objects, which frozen ones no longer are.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_COLLECTION_THRESHOLDS)


def _stop_supervisor() -> None:
    """Terminate uvicorn's supervisor process, if any: it would restart this worker forever."""
    if (parent := parent_process()) is not None and parent.pid is not None:
        os.kill(parent.pid, signal.SIGTERM)


def __getattr__(name: str) -> FastAPI:
    """Create `app` on first access, so that importing this module has no side effects."""
    if name != "app":
        raise AttributeError(name)
    return _default_app()
