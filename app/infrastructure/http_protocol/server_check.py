"""Checks of the server when it starts the application."""

import gc
import logging
from collections.abc import Iterator

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.infrastructure.http_protocol.bounded_http_protocol import BoundedHttpProtocol

logger = logging.getLogger(__name__)

OPTION = f"--http app.infrastructure.http_protocol:{BoundedHttpProtocol.__name__}"


def remove_proxy_headers(app: ASGIApp) -> None:
    """Let the peer of the connection count, as with uvicorn's option `--no-proxy-headers`.

    Without that option uvicorn replaces the address of a loopback peer by an unverified header.
    Call this before connections are accepted: they read the application from the configuration.
    """
    for config in _configurations_of(app):
        if isinstance(config.loaded_app, ProxyHeadersMiddleware):
            config.loaded_app = config.loaded_app.app


def warn_of_missing_limits(app: ASGIApp) -> None:
    """Log a warning if uvicorn serves the application without BoundedHttpProtocol."""
    for config in _configurations_of(app):
        if not issubclass(config.http_protocol_class, BoundedHttpProtocol):
            logger.warning("The limits of the HTTP protocol are off: start uvicorn with %s", OPTION)


def _configurations_of(app: ASGIApp) -> Iterator[Config]:
    """Find the configuration of the server that runs `app`; uvicorn does not pass it on."""
    for candidate in gc.get_objects():
        if issubclass(type(candidate), Config) and app in _layers(candidate):
            yield candidate


def _layers(config: Config) -> Iterator[ASGIApp]:
    """Yield the application as uvicorn calls it, and what it wraps."""
    layer = getattr(config, "loaded_app", None)
    while layer is not None:
        yield layer
        layer = getattr(layer, "app", None)
