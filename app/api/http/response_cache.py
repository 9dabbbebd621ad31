"""Cache rendered GET responses until their tag is invalidated."""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.http.decimal_parameter import wants_decimal_strings
from app.api.http.rendering import not_modified_or
from app.dependencies import authenticate_from_cache
from app.infrastructure.cache.current_load import set_current_load
from app.infrastructure.cache.response_key import ResponseKey, response_key
from app.infrastructure.resources import resources_of
from app.utils.guards import Guard

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
RouteHandler = Callable[[Request], Awaitable[Response]]

RawHeader = tuple[bytes, bytes]

_TAG = "cache_tag"

_ROUTE_SCOPE = ("route", "endpoint", "resource")


class CachedRoute:
    """Tag and guards of a route, and what routing puts into the scope of its requests."""

    def __init__(self, tag: str, guards: Sequence[Guard]) -> None:
        self.tag = tag
        self.guards = guards
        self.scope: dict[str, Any] = {}


class _CachedResponse:
    """Sends a response with status 200. As small as possible: a process holds thousands."""

    __slots__ = ("body", "headers", "path_params", "route")

    def __init__(self, response: Response, route: CachedRoute, path_params: dict[str, Any]) -> None:
        self.body = bytes(response.body)
        self.headers = tuple(_shared_header(*header) for header in response.raw_headers)
        self.path_params = tuple(path_params.items())
        self.route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


@lru_cache(maxsize=1024)
def _shared_header(name: bytes, value: bytes) -> RawHeader:
    """Return one object for equal headers, most of which occur in thousands of responses."""
    return name, value


class ResponseCacheMiddleware:
    """Sends cached responses after the guards of the route have admitted the caller.

    It runs before the request limits and before routing, which costs several times as much as
    the cached response. If only the auth service can authenticate the caller, the route handles
    the request, because that call needs the request timeout.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and scope["method"] == "GET":
            resources = resources_of(scope)
            cached: _CachedResponse | None = resources.response_cache.find(_key(scope))
            if cached is not None and authenticate_from_cache(
                request := Request(scope), resources.tokens
            ):
                # Guards may read what routing would have set, such as path parameters.
                scope.update(cached.route.scope)
                scope["path_params"] = dict(cached.path_params)
                try:
                    for guard in cached.route.guards:
                        await guard(request)
                    app = not_modified_or(request, cached, cached.headers)
                except HTTPException:
                    # The route raises it again, where FastAPI's exception handlers see it.
                    app = self.app
        await app(scope, receive, send)


def cached_response(*, tag: str) -> Callable[[Endpoint], Endpoint]:
    """Cache the responses of a GET until `tag` is invalidated.

    The tag is a template such as `orders/{order_id}`, filled in from the path parameters. The
    response must depend on the tagged data, the URL and the format of decimals alone, and be the
    same for all callers: a cached response is sent without running the endpoint, so authorise in a
    guard of the route.
    This must be the decorator next to the route's. The start checks what it can of this.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _TAG, (tag, endpoint))
        return endpoint

    return mark


def cache_tag_of(endpoint: Callable[..., Any]) -> str | None:
    """Return the tag; raises TypeError if another decorator wraps the cached endpoint."""
    tag, cached = getattr(endpoint, _TAG, (None, endpoint))
    if cached is not endpoint:
        raise TypeError(
            f"{endpoint.__name__}: @cached_response must stand above other decorators, since a "
            "cached response is sent without calling them"
        )
    return tag


async def respond_and_cache(request: Request, route: CachedRoute, handle: RouteHandler) -> Response:
    """Call `handle` and cache its response if the status is 200.

    Returns 304 if the client already has this version.
    """
    scope = request.scope
    cache, path_params = resources_of(scope).response_cache, scope["path_params"]
    load = cache.start_load(route.tag.format_map(path_params))
    set_current_load(load)
    response = await handle(request)
    if response.status_code == HTTPStatus.OK:
        route.scope = {name: scope[name] for name in _ROUTE_SCOPE if name in scope}
        cached = _CachedResponse(response, route, path_params)
        cache.put(_key(scope), cached, load, size=_size(scope, response))
    return not_modified_or(request, response, response.raw_headers)


def _key(scope: Scope) -> ResponseKey:
    variant = "decimal strings" if wants_decimal_strings(scope) else ""
    return response_key(scope["root_path"], scope["path"], scope["query_string"], variant)


def _size(scope: Scope, response: Response) -> int:
    headers = sum(len(name) + len(value) for name, value in response.raw_headers)
    return len(response.body) + headers + len(scope["query_string"])
