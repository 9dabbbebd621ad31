import asyncio
import socket
from contextlib import suppress
from typing import ClassVar

from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol.backlog import Backlog
from app.infrastructure.http_protocol.connection_cap import (
    ConnectionCap,
    max_connections_of_process,
)
from app.infrastructure.http_protocol.refusals import TOO_MANY_CONNECTIONS
from app.infrastructure.http_protocol.shedding_http_protocol import SheddingHttpProtocol


class AcceptingHttpProtocol(SheddingHttpProtocol):
    """Accepts as many connections as the process can hold, several in one iteration."""

    connection_cap: ClassVar[ConnectionCap] = ConnectionCap(max_connections_of_process())
    backlog: ClassVar[Backlog] = Backlog()

    __slots__ = ("_is_from_backlog",)

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._is_from_backlog = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.connection_cap.max_connections:
            self._take_place()
        if self._is_from_backlog:
            return
        for accepted in self.backlog.accept(transport.get_extra_info("socket")):
            task = self.loop.create_task(self._serve(accepted))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _take_place(self) -> None:
        if not self.connection_cap.make_room(self.connections, newest=self):
            self._refuse(TOO_MANY_CONNECTIONS)
            self.transport.close()

    async def _serve(self, accepted: socket.socket) -> None:
        """Serve a connection like those that the server accepts itself."""
        # The client may have closed the connection since.
        with suppress(OSError):
            await self.loop.connect_accepted_socket(
                self._create_for_backlog, accepted, ssl=self.config.ssl
            )

    def _create_for_backlog(self) -> "AcceptingHttpProtocol":
        protocol = type(self)(self.config, self.server_state, self.app_state, self.loop)
        protocol._is_from_backlog = True  # noqa: SLF001 - its own class
        return protocol
