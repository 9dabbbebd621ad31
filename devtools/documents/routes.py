"""The table of routes, their authorised roles and their parameters, from the application."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import iter_route_contexts

from app.config.settings import Settings
from app.dependencies import (
    ADMIN_ACTIONS,
    USER_ACTIONS,
    require_admin,
    require_reader,
    require_user,
)
from app.main import create_app
from app.models.shared.roles import PERMISSIONS, role_may
from app.utils.route_path import resource_of
from devtools.documents.markdown import table

Json = dict[str, Any]

ACTIONS = {
    require_admin: ADMIN_ACTIONS,
    require_user: USER_ACTIONS,
    require_reader: USER_ACTIONS,
}
ANYONE = "anyone"
COMMON = {"X-Request-ID"}


def routes_table() -> str:
    # Defaults, not the environment; required settings are not read before the lifespan.
    app = create_app(Settings.model_construct())
    document = app.openapi()
    rows = []
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ()):
            operation = document["paths"].get(route.path_format, {}).get(method.lower(), {})
            name = f"`{method} {route.path_format}`"
            who, permission = _who(route, method)
            rows.append((name, who, permission, _taken(operation, document)))
    return table(("route", "roles", "permission", "parameters and body fields"), rows)


def _who(route: Any, method: str) -> tuple[str, str]:  # noqa: ANN401 - FastAPI's type is not public
    """Return the roles that the route admits, and the permission that they have in common."""
    dependant = getattr(route, "dependant", None)
    calls = [inner.call for inner in dependant.dependencies] if dependant else []
    guard = next((each for each in ACTIONS if each in calls), None)
    if guard is None:
        return ANYONE, ""
    resource, action = resource_of(route.path), ACTIONS[guard].of(method)
    roles = ", ".join(f"`{role}`" for role in PERMISSIONS if role_may(role, resource, action))
    public = "; anyone with `PUBLIC_READS`" if guard is require_reader else ""
    return roles + public, f"`{resource}:{action}`"


def _taken(operation: Json, document: Json) -> str:
    names = [*_parameters(operation, document), *_body(operation, document)]
    return " ".join(f"`{name}`" for name in names)


def _parameters(operation: Json, document: Json) -> Iterator[str]:
    for reference in operation.get("parameters", []):
        name = reference.get("$ref", "").rpartition("/")[2]
        parameter = document["components"]["parameters"].get(name, reference)
        if parameter["in"] != "path" and parameter["name"] not in COMMON:
            yield parameter["name"]


def _body(operation: Json, document: Json) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return list(document["components"]["schemas"].get(name, {}).get("properties", {}))
