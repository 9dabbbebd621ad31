"""The table of routes, their authorised roles and their parameters, from the application."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import iter_route_contexts

from app.config.settings import Settings
from app.dependencies import require_admin, require_reader, require_user
from app.main import create_app
from devtools.documents.markdown import table

Json = dict[str, Any]

WHO = {
    require_admin: "`admin`",
    require_user: "`user`, `admin`",
    require_reader: "`user`, `admin`; anyone with `PUBLIC_READS`",
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
            rows.append((name, _who(route), _taken(operation, document)))
    return table(("route", "roles", "parameters and body fields"), rows)


def _who(route: Any) -> str:  # noqa: ANN401 - FastAPI's type is not public
    dependant = getattr(route, "dependant", None)
    calls = [inner.call for inner in dependant.dependencies] if dependant else []
    return next((who for guard, who in WHO.items() if guard in calls), ANYONE)


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
