from collections.abc import Sequence
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock

import pytest

from app.api.http.response_cache import ResponseCacheMiddleware
from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.http_protocol.request_kinds import RequestKinds


class CountingTokens:
    def __init__(self) -> None:
        self.reads = 0

    def read_subject(self, token: str) -> str:
        self.reads += 1
        if token == "invalid":
            raise InvalidTokenError
        return token


def make_kinds(
    *,
    root_path: str = "",
    tokens: CountingTokens | None = None,
    keys: Sequence[object] = (),
    trusted_proxies: Sequence[str] = (),
) -> RequestKinds:
    resources = SimpleNamespace(
        response_cache=SimpleNamespace(contains=set(keys).__contains__),
        tokens=tokens or CountingTokens(),
        settings=SimpleNamespace(trusted_proxies=[*map(ip_network, trusted_proxies)]),
    )
    return RequestKinds(cast("Any", resources), root_path=root_path)


@pytest.mark.parametrize(
    ("root_path", "path", "is_for_api"),
    [
        ("", "/api/v1/things", True),
        ("", "/health/live", False),
        ("", "/apis", False),
        ("/shop", "/shop/api/v1/things", True),
        # A proxy that leaves the prefix in the path, to which uvicorn adds it once more.
        ("/shop", "/shop/shop/api/v1/things", True),
        ("/shop", "/shop/health/live", False),
        ("shop/", "shop//api/v1/things", True),
    ],
)
def test_a_request_for_the_api_is_recognised(root_path: str, path: str, is_for_api: bool) -> None:  # noqa: FBT001
    assert make_kinds(root_path=root_path).is_for_api(path) is is_for_api


def test_a_cached_response_is_found_behind_a_proxy() -> None:
    kinds = make_kinds(root_path="/shop", keys=[("/shop", "/shop/api/v1/things", b"a=1")])
    for path in ("/shop/api/v1/things", "/shop/shop/api/v1/things"):
        assert kinds.is_cached(path, b"a=1")
        assert not kinds.is_cached(path, b"")


@pytest.mark.parametrize("root_path", ["", "/shop"])
@pytest.mark.parametrize("query", [b"", b"a=1"])
async def test_the_protocol_asks_for_the_key_of_the_application(
    root_path: str, query: bytes
) -> None:
    asked: list[object] = []
    cache = SimpleNamespace(find=asked.append, contains=asked.append)
    resources = cast("Any", SimpleNamespace(response_cache=cache))
    path = f"{root_path}/api/v1/things/7"
    scope = {
        "type": "http",
        "method": "GET",
        "root_path": root_path,
        "path": path,
        "query_string": query,
        "headers": [],
        "state": {"resources": resources},
    }

    await ResponseCacheMiddleware(AsyncMock())(scope, AsyncMock(), AsyncMock())
    RequestKinds(resources, root_path=root_path).is_cached(path, query)

    by_application, by_protocol = asked
    assert by_protocol == by_application


def make_scope(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http", "client": ("10.0.0.1", 1), "headers": list(headers)}


def test_the_caller_of_a_connection_is_identified_once() -> None:
    kinds = make_kinds(tokens=(tokens := CountingTokens()))
    first = (b"authorization", b"Bearer anna")
    for _ in range(3):
        assert kinds.find_caller(make_scope(first), dict([first])) == "sub:anna"
    assert tokens.reads == 1


def test_another_token_on_the_connection_is_another_caller() -> None:
    kinds = make_kinds()
    callers = []
    for token in (b"Bearer anna", b"Bearer ben", b"Bearer invalid"):
        header = (b"authorization", token)
        callers.append(kinds.find_caller(make_scope(header), dict([header])))
    callers.append(kinds.find_caller(make_scope(), {}))
    assert callers == ["sub:anna", "sub:ben", "10.0.0.1", "10.0.0.1"]


def test_repeated_fields_of_several_proxies_identify_the_caller() -> None:
    """Some proxies add a field of their own; the last one names the proxy before them."""
    kinds = make_kinds(trusted_proxies=["10.0.0.0/8"])
    callers = []
    for clients in ((b"192.0.2.1",), (b"192.0.2.2",), (b"192.0.2.2",), ()):
        fields = [(b"x-forwarded-for", each) for each in (*clients, b"10.0.0.2")]
        callers.append(kinds.find_caller(make_scope(*fields), dict(fields)))
    assert callers == ["192.0.2.1", "192.0.2.2", "192.0.2.2", "10.0.0.2"]
