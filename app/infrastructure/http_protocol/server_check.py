"""Checks of the server when it starts the application."""

import gc
import logging
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.infrastructure.http_protocol.bounded_http_protocol import BoundedHttpProtocol

logger = logging.getLogger(__name__)

OPTION = f"--http app.infrastructure.http_protocol:{BoundedHttpProtocol.__name__}"


def configurations_of(app: ASGIApp) -> list[Config]:
    """Find the configuration of the server that runs `app`; uvicorn does not pass it on."""
    # Instances refer to their class: faster than a look at the type of every object.
    candidates = gc.get_referrers(*_with_subclasses(Config))
    return [each for each in candidates if _is_configuration(each) and app in _layers(each)]


def remove_proxy_headers(configurations: Iterable[Config]) -> None:
    """Let the peer of the connection count, as with uvicorn's option `--no-proxy-headers`.

    Without that option uvicorn replaces the address of a loopback peer by an unverified header.
    Call this before connections are accepted: they read the application from the configuration.
    """
    for config in configurations:
        if isinstance(config.loaded_app, ProxyHeadersMiddleware):
            config.loaded_app = config.loaded_app.app


def warn_of_missing_limits(configurations: Iterable[Config]) -> None:
    """Log a warning if uvicorn serves the application without BoundedHttpProtocol."""
    for config in configurations:
        if not issubclass(config.http_protocol_class, BoundedHttpProtocol):
            logger.warning("The limits of the HTTP protocol are off: start uvicorn with %s", OPTION)


def _with_subclasses(cls: type[Config]) -> Iterator[type[Config]]:
    yield cls
    for each in cls.__subclasses__():
        yield from _with_subclasses(each)


def _is_configuration(candidate: object) -> TypeGuard[Config]:
    # A lazy object would compute its `__class__`, which `isinstance` asks for.
    return issubclass(type(candidate), Config)


def _layers(config: Config) -> Iterator[ASGIApp]:
    """Yield the application as uvicorn calls it, and what it wraps."""
    layer = getattr(config, "loaded_app", None)
    while layer is not None:
        yield layer
        layer = getattr(layer, "app", None)
