"""Startup check: nothing but declared guards may decide who gets a cached response."""

from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.security.base import SecurityBase

from app.api.http.response_cache import cache_tag_of
from app.api.http.strict_route import StrictRoute, guards_of
from app.utils.guards import is_guard

ADVICE = (
    "If that is a guard, declare it with @guard and name it in `dependencies` of the route itself; "
    "if the response depends on it, the route cannot be cached."
)


class UnknownGuardError(Exception):
    """A cached response could reach callers that its route would refuse."""


def require_known_guards(app: FastAPI) -> None:
    """Raise UnknownGuardError if a cached route depends on more than guards and services.

    Before a cached response is sent, only the declared guards of the route itself run. Any other
    dependency could be a guard too. A dependency that returns a service must not authorise.
    """
    for route in iter_route_contexts(app.routes):
        if route.endpoint is None or cache_tag_of(route.endpoint) is None:
            continue
        name = f"{route.endpoint.__name__} ({route.path})"
        for problem in _problems(route):
            raise UnknownGuardError(f"{name} is cached, {problem}")


def _problems(route: RouteContext) -> Iterator[str]:
    original, dependant = route.original_route, getattr(route, "dependant", None)
    if not isinstance(original, StrictRoute) or _overrides_handler(original):
        yield "but its route class is not StrictRoute, or replaces its request handler."
        return
    if route.methods != {"GET"}:
        yield f"but answers {', '.join(sorted(route.methods or ()))}: only a GET can be."
    own = guards_of(original.dependant)
    for dependency in _undeclared(dependant or original.dependant):
        yield f"but depends on {_name_of(dependency)}. {ADVICE}"
    for guard in guards_of(dependant or original.dependant):
        if guard not in own:
            yield f"but {_name_of(guard)} comes from a router that includes it. {ADVICE}"
    if not own:
        yield "but has no guard: name one in `dependencies` of the route."


def _overrides_handler(route: StrictRoute) -> bool:
    return type(route).get_route_handler is not StrictRoute.get_route_handler


def _undeclared(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        if is_guard(inner.call):
            yield from _read_by_guard(inner)
        else:
            if inner.call is None or not _provides_a_service(inner.call):
                yield inner.call
            yield from _undeclared(inner)


def _read_by_guard(dependant: Dependant) -> Iterator[object]:
    """Yield what a guard gets only from FastAPI; a security scheme just documents the token."""
    calls: list[object] = [each.call for each in dependant.dependencies]
    yield from (call for call in calls if not isinstance(call, SecurityBase))
    parameters = (
        *(dependant.path_params, dependant.query_params, dependant.header_params),
        *(dependant.cookie_params, dependant.body_params),
    )
    yield from (parameter.alias for group in parameters for parameter in group)
    if dependant.security_scopes_param_name is not None:
        yield dependant.security_scopes_param_name


def _provides_a_service(dependency: Callable[..., Any]) -> bool:
    """Return whether its annotated return type is a class from a `services` package."""
    if not hasattr(dependency, "__annotations__"):
        return False
    provided = get_type_hints(dependency).get("return")
    return ".services." in getattr(provided, "__module__", "")


def _name_of(dependency: object) -> str:
    return getattr(dependency, "__name__", None) or str(dependency)
