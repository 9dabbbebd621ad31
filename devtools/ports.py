"""Find free ports and check whether ports are in use."""

import errno
import fcntl
import os
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import choice

from devtools.processes import ServerError

LOOPBACK = "127.0.0.1"
# AMQP 0-9-1 protocol header; the server responds with Connection.Start.
_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"


# Below those that Linux and macOS give to outgoing connections: one of these could get the port
# while its server restarts.
_PORTS = range(20_000, 32_768)
_given: set[int] = set()


def free_port() -> int:
    """Return a port on which nothing listens now.

    While this process runs, the port is given to no other server, here or in another process: a
    server may need seconds until it listens.
    """
    while True:
        port = choice(_PORTS)  # noqa: S311 - no secret
        with socket.socket() as listener, suppress(OSError):
            _claim(port)
            listener.bind((LOOPBACK, port))
            return port


def _claim(port: int) -> None:
    """Raise OSError if the port has been given to a server."""
    if port in _given:
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    if (claims := _claims()) is not None:
        # One byte for each port. The lock ends with the process, however it ends.
        fcntl.lockf(claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    _given.add(port)


@cache
def _claims() -> int | None:
    """Return a file for the locks; without a place for it, a port is claimed in this process."""
    # Not the `tempfile.tempdir` of a test, which is its own. Open for good: closing any descriptor
    # of the file would end the locks of the process.
    directory = Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - nothing is stored
    with suppress(OSError):
        return os.open(directory / f"given-ports-{os.getuid()}", os.O_CREAT | os.O_RDWR, 0o600)
    return None


def require_free_port(host: str, port: int, *, wait_seconds: float = 5) -> None:
    """Raise ServerError if the port stays in use; a stopping process may need time to free it."""
    deadline = time.monotonic() + wait_seconds
    while not _can_listen(host, port):
        if time.monotonic() >= deadline:
            raise ServerError(f"port {port} is in use by another process; choose one with --port")
        time.sleep(0.1)


def _can_listen(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except UnicodeError:
        raise ServerError(f"cannot listen on {host!r}: not a valid host name") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise ServerError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return True


def is_listening(port: int, host: str = LOOPBACK, *, timeout_seconds: float = 1) -> bool:
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(_AMQP_HEADER)
            # A method frame of channel 0: Connection.Start.
            return connection.recv(3) == b"\x01\x00\x00"
    except OSError:
        return False
