"""Loopback ports: find a free one, see whether one is taken."""

import errno
import socket
import time

from devtools.processes import ServerError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
    return port


def require_free_port(host: str, port: int, *, patience: float = 5) -> None:
    """Raise ServerError if another process keeps it; one that was just told to stop may linger."""
    deadline = time.monotonic() + patience
    while not _can_listen(host, port):
        if time.monotonic() >= deadline:
            raise ServerError(f"port {port} is in use by another process; choose one with --port")
        time.sleep(0.1)


def _can_listen(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise ServerError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_listening(port: int, host: str = LOOPBACK, *, seconds: float = 1) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
