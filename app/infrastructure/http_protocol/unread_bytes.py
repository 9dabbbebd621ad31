"""Bytes that have arrived at a connection and are not yet read by the event loop."""

import asyncio
import sys


def has_unread_bytes(transport: asyncio.BaseTransport) -> bool:
    """Return whether the kernel holds bytes; closing the connection would reset it."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415 - does not exist on Windows
    import termios  # noqa: PLC0415 - does not exist on Windows

    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return False
    return any(fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(4)))
