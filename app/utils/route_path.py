"""Paths behind a proxy that serves the service below a prefix, `root_path`."""

import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

# Here a proxy that removes the prefix cannot be told from one that passes it on.
_OWN_PREFIX = "/api"
_ENCODED_SLASH = re.compile(b"%2f", re.IGNORECASE)


def route_path(scope: Scope) -> str:
    """Return the path without `root_path`, the prefix that a proxy adds."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def resource_of(template: str) -> str:
    """Return the third segment of a path template: `orders` of `/api/v1/orders/{order_id}`."""
    return "".join(template.split("/")[3:4])


def with_prefix_once(scope: Scope) -> Scope:
    """Return the scope with `root_path` exactly once at the beginning of `path`.

    uvicorn puts the value of `--root-path` before each path, also if the proxy has left the
    prefix there. A missing slash before the value, or one after it, is corrected.
    """
    if not (root_path := scope["root_path"]):
        return scope
    name = root_path.strip("/")
    prefix = f"/{name}" if name else ""
    path: str = scope["path"].removeprefix(root_path)
    if prefix and not f"{prefix}/".startswith(f"{_OWN_PREFIX}/"):
        path = _without(prefix, path)
    return {**scope, "root_path": prefix, "path": prefix + path}


def _without(prefix: str, path: str) -> str:
    return path.removeprefix(prefix) or "/" if f"{path}/".startswith(f"{prefix}/") else path


def with_encoded_slashes(scope: Scope) -> Scope:
    """Return the scope with `%2F` instead of the slashes that were encoded in its path.

    They separate nothing (RFC 3986, 2.2): a proxy that decides by the path reads one segment.
    """
    raw: bytes = scope.get("raw_path") or b""
    if not _ENCODED_SLASH.search(raw):
        return scope
    path = unquote_to_bytes(_ENCODED_SLASH.sub(b"%252F", raw)).decode("utf-8", "replace")
    return {**scope, "path": path}
