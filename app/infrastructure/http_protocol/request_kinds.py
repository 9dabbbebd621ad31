from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from app.exceptions.base import UnauthenticatedError
from app.infrastructure.cache.response_key import response_key
from app.infrastructure.resources import Resources
from app.infrastructure.security.bearer import bearer_token
from app.infrastructure.security.caller import caller_of
from app.utils.route_path import with_prefix_once

Headers: TypeAlias = Collection[tuple[bytes, bytes]]


class RequestKinds:
    """Classifies the requests of one connection before the application sees them."""

    __slots__ = ("_caller", "_caller_fields", "_resources", "_root_path")

    def __init__(self, resources: Resources, *, root_path: str) -> None:
        self._resources = resources
        self._root_path = root_path
        self._caller = ""
        self._caller_fields: tuple[bytes | None, ...] = ()

    def is_for_api(self, path: str) -> bool:
        if not self._root_path:
            return path.startswith("/api/")
        root_path, path = self._with_prefix_once(path)
        return path.startswith("/api/", len(root_path))

    def is_brief(self, method: str, path: str, query: bytes, headers: Headers) -> bool:
        """Return whether the application will respond at once, from its memory.

        A caller whose token was not verified lately has to wait for the auth service.
        """
        return (
            method == "GET"
            and self.is_cached(path, query)
            # Another variant of the response.
            and not any(
                name == b"accept" and b"decimals" in value.lower() for name, value in headers
            )
            and self._is_authenticated(dict(headers).get(b"authorization", b""))
        )

    def is_cached(self, path: str, query: bytes) -> bool:
        """Return whether the usual variant of the response to a GET is cached."""
        key = response_key(*self._with_prefix_once(path), query)
        return self._resources.response_cache.contains(key)

    def _with_prefix_once(self, path: str) -> tuple[str, str]:
        """Return `root_path` and path as the application will see them."""
        if not self._root_path:
            return "", path
        scope = with_prefix_once({"root_path": self._root_path, "path": path})
        return scope["root_path"], scope["path"]

    def _is_authenticated(self, authorization: bytes) -> bool:
        try:
            token = bearer_token([authorization.decode("latin-1")])
        except UnauthenticatedError:
            # The response is 401, at once.
            return True
        return self._resources.tokens.verify_cached(token) is not None

    def find_caller(self, scope: Any, fields: Mapping[bytes, bytes]) -> str:  # noqa: ANN401 - uvicorn's type of scope differs from Starlette's
        """Identify the caller, mostly the same one for all requests of a connection."""
        identifying = fields.get(b"authorization"), fields.get(b"x-forwarded-for")
        # Of a repeated field, `fields` has the last value only.
        has_all_values = len(fields) == len(scope["headers"])
        if identifying != self._caller_fields or not has_all_values:
            self._caller_fields = identifying if has_all_values else ()
            resources = self._resources
            self._caller = caller_of(scope, resources.tokens, resources.settings.trusted_proxies)
        return self._caller
