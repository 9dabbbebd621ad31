"""Behind a proxy that adds a path prefix, all links lead through the proxy."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

from tests.support.problems import problem_of
from tests.support.server import MakeServer, Server
from tests.support.settings_and_clients import Tokens
from tests.widgets.factories import WIDGETS, widget_body

PREFIX = "/catalog"
PAGE_LINK = re.compile(r'(?:href|src)="([^"]+)"')
HEADER_LINK = re.compile(r"<([^>]+)>")


@pytest.fixture(params=["/catalog", "/catalog/"])
def server(make_server: MakeServer, request: pytest.FixtureRequest) -> Iterator[Server]:
    with make_server("--root-path", request.param, rate_limit_per_minute=100) as server:
        yield server


class Proxy:
    """Sends what a reverse proxy would send for an external path."""

    def __init__(self, client: httpx.Client, *, removes_prefix: bool) -> None:
        self._client = client
        self._removes_prefix = removes_prefix

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        assert path.startswith(f"{PREFIX}/")
        sent = path.removeprefix(PREFIX) if self._removes_prefix else path
        return self._client.request(method, sent, **options)  # type: ignore[arg-type]

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)


def test_all_links_lead_through_either_kind_of_proxy(server: Server, tokens: Tokens) -> None:
    with server.client(tokens.admin) as client:
        for removes_prefix in (True, False):
            proxy = Proxy(client, removes_prefix=removes_prefix)
            _check_records(proxy)
            _check_pages(proxy)
            _check_errors(proxy)


def _check_records(proxy: Proxy) -> None:
    created = [proxy.request("POST", PREFIX + WIDGETS, json=widget_body()) for _ in range(2)]
    for each in created:
        assert each.status_code == 201
        assert proxy.get(each.headers["Location"]).json() == each.json()
    for _ in ("loaded", "cached"):
        page = proxy.get(f"{PREFIX}{WIDGETS}?page_size=1")
        assert "RateLimit" in page.headers
        links = HEADER_LINK.findall(page.headers["Link"])
        assert len(links) == 3
        for link in links:
            assert link.count(PREFIX) == 1
            assert proxy.get(link).status_code == 200


def _check_pages(proxy: Proxy) -> None:
    root = proxy.get(f"{PREFIX}/")
    assert "RateLimit" not in root.headers
    for link in root.json()["links"].values():
        assert proxy.get(link).status_code == 200
    for page in ("docs", "redoc"):
        address = f"{PREFIX}/{page}"
        targets = PAGE_LINK.findall(proxy.get(address).text)
        assert len(targets) >= 4
        for target in targets:
            assert proxy.get(urljoin(address, target)).status_code == 200
    document = proxy.get(f"{PREFIX}/openapi.json").json()
    assert [server["url"] for server in document["servers"]] == [PREFIX]
    assert WIDGETS in document["paths"]


def _check_errors(proxy: Proxy) -> None:
    for path in ("/nothing", f"{WIDGETS}/999", "/api", "/catalogue"):
        refused = proxy.get(PREFIX + path)
        assert refused.status_code == 404
        assert refused.json()["instance"] == PREFIX + path
    other = proxy.request("PUT", PREFIX + WIDGETS)
    assert (other.status_code, other.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_without_a_prefix_its_path_is_unknown(make_server: MakeServer, tokens: Tokens) -> None:
    with make_server() as server, server.client(tokens.user) as client:
        problem_of(client.get(PREFIX + WIDGETS), 404, "not_found")
