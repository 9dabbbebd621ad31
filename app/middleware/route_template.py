from typing import NamedTuple

from fastapi.routing import iter_route_contexts
from starlette.types import Scope

from app.utils.route_path import route_path


class RouteTemplate(NamedTuple):
    """Path template with the prefixes of its routers; empty without a route."""

    path: str
    is_only_one: bool
    """Whether all requests for the endpoint have this path: a router may be included twice."""


def route_template(scope: Scope) -> RouteTemplate:
    """Search all routes for that of the request; where this happens often, keep the result."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return RouteTemplate("", is_only_one=True)
    routes = [
        each for each in iter_route_contexts(scope["app"].routes) if each.endpoint is endpoint
    ]
    path = route_path(scope)
    matching = [each for each in routes if each.path_regex.match(path)] or routes
    found = str(matching[0].path) if matching else ""
    return RouteTemplate(found, is_only_one=len(routes) <= 1)
