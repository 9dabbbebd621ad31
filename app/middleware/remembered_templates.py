from collections.abc import Callable
from typing import Any

from starlette.types import Scope

from app.middleware.route_template import route_template


class RememberedTemplates:
    """Path templates of the endpoints that have been called: the search costs more than a read."""

    def __init__(self) -> None:
        self._templates: dict[Callable[..., Any], str] = {}

    def find(self, scope: Scope) -> str:
        """Return the path template of the route, "" without a route."""
        if (endpoint := scope.get("endpoint")) is None:
            return ""
        if (path := self._templates.get(endpoint)) is not None:
            return path
        template = route_template(scope)
        if template.is_only_one:
            self._templates[endpoint] = template.path
        return template.path
