import asyncio
import logging
from typing import cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol.lingering_http_protocol import LingeringHttpProtocol
from app.infrastructure.http_protocol.overload_response import received_id_in
from app.infrastructure.http_protocol.refusals import (
    HEAD_TIMEOUT,
    OVERLOADED,
    Refusal,
    render_refusal,
)
from app.infrastructure.logging.repeated_lines import RepeatedLines
from app.infrastructure.metrics.request_metrics import OTHER_METHOD, RequestMetrics
from app.infrastructure.resources import Resources
from app.utils.client_address import network_of
from app.utils.log_text import MAX_LENGTH
from app.utils.request_context import new_request_id, request_id

logger = logging.getLogger("app.access")

MAX_LINES = 60
"""Lines for refusals of one address in a minute."""


class RefusingHttpProtocol(LingeringHttpProtocol):
    """Sends problem documents in place of responses of the application."""

    __slots__ = ("_is_in_application", "_refusal", "_requests", "_unread")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.url = b""
        self._refusal: Refusal | None = None
        # Whether the application has the refused request, and counts it.
        self._is_in_application = False
        # Received and not yet parsed.
        self._unread = bytearray()
        resources = cast("Resources | None", app_state.get("resources"))
        self._requests: RequestMetrics | None = None
        if resources is not None:
            self._requests = resources.requests

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.clear()
        super().connection_lost(exc)

    def has_unread(self) -> bool:
        return bool(self._unread) or super().has_unread()

    def _close_without_request(self) -> None:
        # The URL is empty until the client has sent more than empty lines.
        if self._reads_head and self.url:
            self._refuse(HEAD_TIMEOUT)
        else:
            super()._close_without_request()

    def _refuse(self, refusal: Refusal) -> None:
        """Read no further request, and send the refusal after the responses to earlier ones."""
        self._refusal = refusal
        self._reads_head = False
        self._unread.clear()
        is_waiting = bool(self.pipeline)
        if self._in_body:
            self._is_in_application = not self.pipeline
            self._abandon_request()
        elif self.cycle is not None:
            is_waiting = not self.cycle.response_complete
        if not is_waiting and not self.transport.is_closing():
            self._send_refusal(refusal)

    def _abandon_request(self) -> None:
        """Disconnect the application from the request whose body is not valid."""
        cycle = self.cycle
        if self.pipeline:
            self.pipeline.popleft()
        elif cycle.response_started:
            self.transport.close()
        else:
            cycle.disconnected = True
            cycle.message_event.set()

    def _send_refusal(self, refusal: Refusal) -> None:
        self._unset_keepalive_if_required()
        fields = dict(self.scope["headers"]) if self.url else {}
        identifier = received_id_in(fields).decode() or new_request_id()
        path = self.url.partition(b"?")[0].decode("ascii") if self.url else "/"
        response = render_refusal(
            refusal,
            path=path[:MAX_LENGTH],
            request_id=identifier,
            has_body=self._method() != "HEAD",
            default_headers=self.server_state.default_headers,
        )
        self.transport.write(response)
        self._count(refusal)
        if refusal is not OVERLOADED:
            self._log(refusal, identifier)
        self._linger(self.linger_seconds)

    def _count(self, refusal: Refusal) -> None:
        if self._requests is None:
            return
        if not self._is_in_application:
            self._requests.record_refusal(self._method(), refusal.status)
        if refusal is not OVERLOADED:
            self._requests.count_refusal(refusal.reason)

    def _method(self) -> str:
        # Without a target, the parser may still have the method of an earlier request.
        return self.parser.get_method().decode() if self.url else OTHER_METHOD

    def _log(self, refusal: Refusal, identifier: str) -> None:
        client = network_of(self.client[0]) if self.client else "a local socket"
        # One for all connections of the server.
        lines = self.app_state.setdefault(
            "refusal_lines", RepeatedLines(max_lines=MAX_LINES, report=_report)
        )
        if not lines.admits(client, client):
            return
        token = request_id.set(identifier)
        logger.info("Refused a request of %s: %d %s", self.client, refusal.status, refusal.detail)
        request_id.reset(token)


def _report(client: str, left_out: int) -> None:
    logger.info("Refused %d more requests of %s within a minute", left_out, client)
