"""An echo application behind the protocol, on a random port of this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol import BoundedHttpProtocol
from app.infrastructure.logging.slow_work import SlowWork
from app.infrastructure.metrics.request_metrics import RequestMetrics
from tests.support.raw_http import LOOPBACK
from tests.support.recording_metrics import RecordingMetrics


@dataclass
class EchoApp:
    """Responds with the request; `release` lets the responses to paths ending in /slow begin."""

    release: asyncio.Event = field(default_factory=asyncio.Event)
    started: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started += 1
        if scope["path"].endswith("/slow"):
            await self.release.wait()
        body = b"" if scope["path"] == "/early" else await _read(receive)
        if body is None:
            return
        echo = {
            "method": scope["method"],
            "path": scope["path"],
            "body": body.decode("latin-1"),
            "headers": [
                [name.decode(), value.decode("latin-1")] for name, value in scope["headers"]
            ],
        }
        content = b"x" * 1_000_000 if scope["path"] == "/large" else json.dumps(echo).encode()
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


async def _read(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


@dataclass(frozen=True)
class EchoServer:
    port: int
    app: EchoApp
    state: ServerState
    app_state: dict[str, Any]

    @property
    def connections(self) -> list[BoundedHttpProtocol]:
        return cast("list[BoundedHttpProtocol]", list(self.state.connections))


def _abort_connections(echo: EchoServer) -> None:
    for connection in echo.connections:
        connection.transport.abort()


Serve: TypeAlias = Callable[..., Any]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve the echo application with a protocol class."""
    async with AsyncExitStack() as stack:

        async def start(
            protocol: type[BoundedHttpProtocol] = BoundedHttpProtocol,
            idle_seconds: int = 5,
            resources: object = None,
        ) -> EchoServer:
            app = EchoApp()
            # Without log configuration: uvicorn's would replace that of the tests.
            config = Config(
                app,
                lifespan="off",
                access_log=False,
                log_config=None,
                timeout_keep_alive=idle_seconds,
            )
            config.load()
            state = ServerState()
            app_state = {} if resources is None else {"resources": resources}
            server = await asyncio.get_running_loop().create_server(
                lambda: protocol(config=config, server_state=state, app_state=app_state),
                LOOPBACK,
                0,
            )
            stack.callback(server.close)
            echo = EchoServer(server.sockets[0].getsockname()[1], app, state, app_state)
            stack.callback(_abort_connections, echo)
            return echo

        yield start


def make_request_metrics(metrics: RecordingMetrics) -> RequestMetrics:
    return RequestMetrics(metrics=metrics, slow=SlowWork("request", threshold_ms=0))


@pytest.fixture
async def echo(serve: Serve) -> EchoServer:
    server: EchoServer = await serve()
    return server
