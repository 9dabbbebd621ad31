"""A server that answers at once, but for one moment in which it does nothing at all."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@contextmanager
def stalling_server(*, after_requests: int, seconds: float) -> Iterator[int]:
    """Give the port; after so many requests nothing is read or answered for that time."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping, stopped = socket.socketpair()
    thread = threading.Thread(
        target=_serve, args=(listener, stopped, after_requests, seconds), daemon=True
    )
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stopping.send(b".")
        thread.join()
        for each in (listener, stopping, stopped):
            each.close()


def _serve(
    listener: socket.socket, stopped: socket.socket, after_requests: int, seconds: float
) -> None:
    answered, clients = 0, set[socket.socket]()
    with DefaultSelector() as selector:
        selector.register(listener, EVENT_READ)
        selector.register(stopped, EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is stopped:
                    for client in clients:
                        client.close()
                    return
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    clients.add(client)
                    selector.register(client, EVENT_READ)
                    continue
                client = key.fileobj  # type: ignore[assignment]
                if not client.recv(65536):
                    selector.unregister(client)
                    clients.discard(client)
                    client.close()
                    continue
                client.sendall(ANSWER)
                answered += 1
                if answered == after_requests:
                    time.sleep(seconds)
