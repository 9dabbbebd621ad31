"""However uvicorn is started, the peer of the connection counts as the client."""

import json
from pathlib import Path

import pytest

from tests.support.server import MakeServer, Server
from tests.widgets.factories import WIDGETS, widget_body

PROTOCOL = ("--http", "app.infrastructure.http_protocol:BoundedHttpProtocol", "--ws", "none")
FORGED = {"X-Forwarded-For": "198.51.100.7:99", "X-Forwarded-Proto": "https"}
WARNING = "The limits of the HTTP protocol are off"


def _audited_address(server: Server, directory: Path, headers: dict[str, str]) -> str:
    with server, server.client() as client:
        response = client.post(WIDGETS, json=widget_body(), headers=headers)
        assert response.status_code == 401
        assert "Strict-Transport-Security" not in response.headers
    (line,) = (directory / "audit.log").read_text().splitlines()
    return str(json.loads(line)["client_ip"])


COMMANDS = {
    "uvicorn app.main:app": (),
    "without proxy headers": ("--no-proxy-headers",),
    "with any proxy of uvicorn": ("--forwarded-allow-ips", "*"),
    "h11": ("--http", "h11"),
    "trace logs": ("--log-level", "trace"),
    "the documented command": (*PROTOCOL, "--no-proxy-headers"),
    "the protocol with proxy headers": PROTOCOL,
}


@pytest.mark.parametrize("options", COMMANDS.values(), ids=COMMANDS)
def test_a_forwarded_address_is_ignored_without_trusted_proxies(
    make_server: MakeServer, tmp_path: Path, options: tuple[str, ...]
) -> None:
    server = make_server(*options)

    assert _audited_address(server, tmp_path, FORGED) == "127.0.0.1"
    has_limits = "app.infrastructure.http_protocol:BoundedHttpProtocol" in options
    assert server.output.count(WARNING) == (0 if has_limits else 1)


def test_the_application_itself_is_checked_like_that_of_the_tests(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server("--forwarded-allow-ips", "*", application="app.main:app")
    with server, server.client() as client:
        client.post("/api/v1/anything", headers=FORGED)
    (line,) = (tmp_path / "audit.log").read_text().splitlines()

    assert json.loads(line)["client_ip"] == "127.0.0.1"
    assert server.output.count(WARNING) == 1


def test_the_environment_of_uvicorn_trusts_no_proxy(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(forwarded_allow_ips="*")

    assert _audited_address(server, tmp_path, FORGED) == "127.0.0.1"


@pytest.mark.parametrize("options", [(), PROTOCOL], ids=["uvicorn alone", "the protocol"])
def test_a_trusted_loopback_proxy_names_the_client(
    make_server: MakeServer, tmp_path: Path, options: tuple[str, ...]
) -> None:
    server = make_server(*options, trusted_proxies=["127.0.0.0/8"])
    forwarded = {"X-Forwarded-For": "203.0.113.1, 198.51.100.7:99"}

    assert _audited_address(server, tmp_path, forwarded) == "198.51.100.7"
