"""HTTP server that responds at once, except for one stall in which it does nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector

RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@contextmanager
def stalling_server(*, after_requests: int, seconds: float) -> Iterator[int]:
    """Yield the port. After `after_requests` responses, the server stalls for `seconds`."""
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
    response_count, clients = 0, set[socket.socket]()
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
                elif _respond(key.fileobj):  # type: ignore[arg-type]
                    response_count += 1
                    if response_count == after_requests:
                        time.sleep(seconds)
                else:
                    selector.unregister(key.fileobj)
                    clients.discard(key.fileobj)


def _respond(client: socket.socket) -> bool:
    """Respond to one request. Close the connection and return False if the client closed it."""
    if client.recv(65536):
        client.sendall(RESPONSE)
        return True
    client.close()
    return False
