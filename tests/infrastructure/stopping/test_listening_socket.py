import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.infrastructure.lifecycle import Lifecycle
from app.infrastructure.stopping.listening_socket import ListeningSocket, set_min_ttl
from app.infrastructure.stopping.opening import accept_until_stopped
from app.infrastructure.stopping.process_sockets import (
    open_bound_sockets,
    open_listening_sockets,
    receive_on_connections,
)
from tests.support.raw_http import LOOPBACK
from tests.support.server import ROOT
from tests.support.waiting import eventually

JOIN = """
import sys
from app.infrastructure.stopping.listening_socket import ListeningSocket
sock = ListeningSocket(fileno=int(sys.argv[1]))
sock.join()
print("joined", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def listening() -> Iterator[ListeningSocket]:
    with ListeningSocket() as sock:
        sock.bind((LOOPBACK, 0))
        sock.listen()
        yield sock


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.settimeout(0)
        yield sock


def _refuse_filters(_sock: ListeningSocket) -> None:
    raise PermissionError


@pytest.fixture(params=["filter", "TTL"])
def _means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with the packet filter, and as on a kernel that allows it to root only."""
    if request.param == "TTL":
        monkeypatch.setattr(ListeningSocket, "_attach_filter", _refuse_filters)


@pytest.mark.usefixtures("_means")
async def test_connections_in_the_backlog_are_kept_while_new_ones_are_ignored(
    listening: ListeningSocket, client: socket.socket
) -> None:
    with socket.create_connection(listening.getsockname()) as early:
        early.sendall(b"early")
        listening.ignore_new()
        client.connect_ex(listening.getsockname())
        assert listening.backlog == 1
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(5) == b"early"
            accepted.sendall(b"reply")
        assert early.recv(5) == b"reply"
    assert listening.backlog == 0

    # The client's kernel repeats the attempt.
    listening.admit_new()
    await eventually(lambda: listening.backlog == 1)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_a_connection_that_inherits_the_required_ttl_is_received(
    family: socket.AddressFamily,
) -> None:
    if family == socket.AF_INET6 and not _has_ipv6():
        pytest.skip("no IPv6 on this machine")
    with ListeningSocket(family) as listening, socket.socket(family) as client:
        listening.bind((LOOPBACK if family == socket.AF_INET else "::1", 0))
        listening.listen()
        set_min_ttl(listening, 255)
        _set_ttl(client, 255)
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            _set_ttl(client, 64)
            client.sendall(b"repeated by the kernel")
            receive_on_connections()
            accepted.settimeout(20)
            assert accepted.recv(8) == b"repeated"


def _set_ttl(sock: socket.socket, ttl: int) -> None:
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_socket_is_left_when_the_last_other_process_ends(listening: ListeningSocket) -> None:
    descriptor = listening.fileno()
    assert listening.is_left_by_others()
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", JOIN, str(descriptor)],
        cwd=ROOT,
        pass_fds=[descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"joined\n"
        is_left = listening.is_left_by_others()
        other.kill()
    assert not is_left
    assert listening.is_left_by_others()


@pytest.mark.usefixtures("_means")
def test_a_worker_that_joins_admits_connections_again(listening: ListeningSocket) -> None:
    listening.ignore_new()
    listening.join()
    with socket.create_connection(listening.getsockname(), timeout=20):
        assert listening.backlog == 1


def test_the_sockets_of_the_process_are_found(listening: ListeningSocket) -> None:
    with socket.socket() as bound, socket.create_connection(listening.getsockname()) as connected:
        bound.bind((LOOPBACK, 0))
        found_bound = _addresses(open_bound_sockets())
        found_listening = _addresses(open_listening_sockets())
        names = [sock.getsockname() for sock in (listening, bound, connected)]
    assert [found_bound.count(name) for name in names] == [1, 1, 0]
    assert [found_listening.count(name) for name in names] == [1, 0, 0]


def test_a_socket_can_be_left_out_by_its_inode(listening: ListeningSocket) -> None:
    inodes = {os.fstat(listening.fileno()).st_ino}
    name = listening.getsockname()

    assert name not in _addresses(open_bound_sockets(excluded_inodes=inodes))
    assert name not in _addresses(open_listening_sockets(excluded_inodes=inodes))


def _addresses(sockets: list[ListeningSocket]) -> list[object]:
    names = [sock.getsockname() for sock in sockets]
    for sock in sockets:
        sock.close()
    return names


async def test_a_socket_of_systemd_is_left_as_it_is(
    listening: ListeningSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    passed_on: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, _frame: passed_on.append(number))
    with Lifecycle.watch_signals() as lifecycle, accept_until_stopped(lifecycle):
        signal.raise_signal(signal.SIGTERM)
        assert passed_on == [signal.SIGTERM]
    signal.signal(signal.SIGTERM, previous)
    with socket.create_connection(listening.getsockname(), timeout=20):
        assert listening.backlog == 1
