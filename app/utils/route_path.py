from starlette.types import Scope


def route_path(scope: Scope) -> str:
    """Give the path as the routes know it: without the prefix that a proxy serves us under."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
