import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.infrastructure.http_protocol import backlog as backlog_module
from app.infrastructure.http_protocol.backlog import MAX_ACCEPTED, Backlog
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import NEXT
from tests.support.raw_http import exchange
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as sock:
        sock.settimeout(0)
        yield sock


@pytest.fixture
def clients(listening: socket.socket) -> Iterator[list[socket.socket]]:
    """Connections of which the kernel has established all and the server accepted none."""
    address = listening.getsockname()
    connected = [socket.create_connection(address) for _ in range(MAX_ACCEPTED + 3)]
    yield connected
    for client in connected:
        client.close()


def accept(backlog: Backlog, accepted: socket.socket) -> int:
    """Accept once and close the connections; returns how many there were."""
    more = backlog.accept(accepted)
    for sock in more:
        sock.close()
    return len(more)


def test_waiting_connections_are_accepted_up_to_a_limit(
    listening: socket.socket, clients: list[socket.socket]
) -> None:
    first, _ = listening.accept()
    with first:
        counts = [accept(backlog := Backlog(), first), accept(backlog, first)]
        counts.append(accept(backlog, first))
    assert counts == [MAX_ACCEPTED, len(clients) - 1 - MAX_ACCEPTED, 0]


@pytest.mark.usefixtures("clients")
def test_a_closed_server_stops_listening(listening: socket.socket) -> None:
    first, _ = listening.accept()
    address, backlog = listening.getsockname(), Backlog()
    with first:
        assert accept(backlog, first) > 0
        listening.close()
        # Another socket gets the descriptor.
        with socket.socket(), pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert accept(backlog, first) == 0


@pytest.mark.usefixtures("clients")
def test_only_the_listening_socket_of_the_connection_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        client = socket.create_connection(other.getsockname())
        accepted, _ = other.accept()
        with client, accepted:
            assert accept(Backlog(), accepted) == 0


@pytest.mark.usefixtures("clients")
def test_a_blocking_socket_is_left_alone(listening: socket.socket) -> None:
    first, _ = listening.accept()
    os.set_blocking(listening.fileno(), True)
    with first:
        assert accept(Backlog(), first) == 0


@pytest.mark.usefixtures("clients")
def test_without_proc_the_loop_alone_accepts(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backlog_module, "_DESCRIPTORS", tmp_path / "missing")
    first, _ = listening.accept()
    with first:
        assert accept(Backlog(), first) == 0


def test_a_transport_without_socket_has_no_backlog() -> None:
    assert Backlog().accept(None) == []


async def test_every_connection_of_a_burst_is_served(echo: EchoServer) -> None:
    responses = await asyncio.gather(*(exchange(echo.port, [NEXT]) for _ in range(200)))
    assert [response.status for (response,) in responses] == [200] * 200


def test_uvloop_serves_a_burst_from_the_backlog() -> None:
    """The event loop alone accepts one connection in each iteration."""
    uvloop = pytest.importorskip("uvloop")
    accepted = uvloop.run(_count_accepted_at_once())
    assert accepted > 1


async def _count_accepted_at_once() -> int:
    """Return how many connections are made in the iterations in which the loop accepts two."""
    loop = asyncio.get_running_loop()
    made: list[object] = []
    backlog = Backlog()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(transport)
            made.extend(backlog.accept(transport.get_extra_info("socket")))

    server = await loop.create_server(Protocol, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    clients = [socket.create_connection(address) for _ in range(MAX_ACCEPTED)]
    await eventually(lambda: bool(made))
    count = len(made)
    for client in clients:
        client.close()
    server.close()
    for each in made:
        if isinstance(each, socket.socket):
            each.close()
    return count
