"""The prefix of a proxy is at the beginning of a path exactly once."""

import pytest

from app.utils.route_path import route_path, with_prefix_once


@pytest.mark.parametrize(
    ("root_path", "path", "prefix", "route"),
    [
        # the proxy removes the prefix, and uvicorn puts it back
        ("/catalog", "/catalog/api/v1/orders", "/catalog", "/api/v1/orders"),
        ("/catalog", "/catalog/", "/catalog", "/"),
        ("/a/b", "/a/b/health", "/a/b", "/health"),
        # the proxy passes it on
        ("/catalog", "/catalog/catalog/api/v1/orders", "/catalog", "/api/v1/orders"),
        ("/catalog", "/catalog/catalog/", "/catalog", "/"),
        ("/catalog", "/catalog/catalog", "/catalog", "/"),
        ("/a/b", "/a/b/a/b/health", "/a/b", "/health"),
        # a server that leaves it out
        ("/catalog", "/api/v1/orders", "/catalog", "/api/v1/orders"),
        # what only begins like it
        ("/catalog", "/catalog/catalogue/1", "/catalog", "/catalogue/1"),
        ("/catalog", "/catalog/other/catalog", "/catalog", "/other/catalog"),
        ("/catalog", "/catalog/catalog/catalog", "/catalog", "/catalog"),
        # other spellings of the option
        ("/catalog/", "/catalog//health", "/catalog", "/health"),
        ("/catalog/", "/catalog//catalog/health", "/catalog", "/health"),
        ("catalog", "catalog/health", "/catalog", "/health"),
        ("/", "//health", "", "/health"),
        ("", "/health", "", "/health"),
        # with the prefix of the routes themselves only a proxy that removes it is supported
        ("/api", "/api/api/v1/orders", "/api", "/api/v1/orders"),
        ("/api/v1", "/api/v1/api/v1/orders", "/api/v1", "/api/v1/orders"),
        ("/apis", "/apis/apis/api/v1/orders", "/apis", "/api/v1/orders"),
    ],
)
def test_a_path_has_its_prefix_once(root_path: str, path: str, prefix: str, route: str) -> None:
    scope = with_prefix_once({"type": "http", "root_path": root_path, "path": path})

    assert (scope["root_path"], scope["path"]) == (prefix, prefix + route)
    assert route_path(scope) == route
