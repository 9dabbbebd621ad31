"""Connection of the load generator to the server under test."""

import socket

from devtools.ports import LOOPBACK

READ_BYTES = 1 << 18


class LoadConnection:
    """Connection with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._received = b""
        self.connect()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes, due_at: float) -> None:
        self.due_at = due_at
        self._socket.sendall(request)

    def receive(self) -> int | None:
        """Return the status of a complete response, 0 if the server has closed, else None."""
        try:
            data = self._socket.recv(READ_BYTES)
        except ConnectionError:
            data = b""
        if not data:
            return 0
        self._received = data = self._received + data
        end = data.find(b"\r\n\r\n")
        head = data[: max(0, end)].lower()
        if not head or len(data) - end - len(b"\r\n\r\n") < _content_length(head):
            return None
        self._received = b""
        self.is_closed = b"\r\nconnection: close" in head
        return int(head[9:12])

    def close(self) -> None:
        self._socket.close()

    def connect(self) -> None:
        self._socket = socket.create_connection((LOOPBACK, self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.is_closed = False
        # 0: no request is in flight.
        self.due_at = 0.0


def _content_length(head: bytes) -> int:
    _, _, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0] or 0)
