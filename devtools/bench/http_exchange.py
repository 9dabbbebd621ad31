"""Minimal HTTP/1.1 client of the load generator: prebuilt requests, responses only counted."""

import socket

from devtools.bench.jobs import Job
from devtools.ports import LOOPBACK

READ_BYTES = 1 << 18
NO_BODY = {204, 304}
# Prices vary by less than 20 %, so that no update is a large price change.
PRICE_COUNT = 1999


def make_requests(job: Job, count: int) -> list[bytes]:
    """Build the requests before the measurement, so that it contains only sending."""
    lines = [f"{name}: {value}" for name, value in {"Host": LOOPBACK, **job.headers}.items()]
    head = "\r\n".join(lines)
    return [_request(job, head, n) for n in range(job.first_number, job.first_number + count)]


def _request(job: Job, head: str, n: int) -> bytes:
    path, body = (_fill_placeholders(text, job, n) for text in (job.path, job.body))
    body_headers = (
        f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}" if body else ""
    )
    return f"{job.method} {path} HTTP/1.1\r\n{head}{body_headers}\r\n\r\n{body}".encode()


def _fill_placeholders(text: str, job: Job, n: int) -> str:
    first, count = job.ids
    values: dict[str, object] = {
        "{n}": n,
        "{id}": first + n % count,
        "{cents}": f"{100 + n % PRICE_COUNT / 100:.2f}",
    }
    if job.choices:
        values["{choice}"] = job.choices[n % len(job.choices)]
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text


class Exchange:
    """One connection with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def receive(self) -> int | None:
        """Read available data. Return the status once the response is complete, else None."""
        data = self._socket.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError("the server closed a connection in use")
        self._received = data = self._received + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return None
        status = int(data[9:12])
        if status not in NO_BODY and len(data) < end + 4 + _content_length(data, end):
            return None
        self._received = b""
        return status

    def close(self) -> None:
        self._socket.close()


def _content_length(data: bytes, end: int) -> int:
    start = data.index(b"content-length: ", 0, end) + len(b"content-length: ")
    return int(data[start : data.index(b"\r\n", start)])
