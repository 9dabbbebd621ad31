import asyncio
from collections.abc import Mapping

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol.accepting_http_protocol import AcceptingHttpProtocol
from app.infrastructure.http_protocol.refusals import (
    HEAD_TOO_LARGE,
    MAX_FIELDS,
    MAX_HEAD_BYTES,
    NO_TUNNEL,
    VERSIONS,
    RefusedRequestError,
    refusal_in,
)
from app.infrastructure.http_protocol.request_head import check_headers, to_origin_form

# As much is parsed at once; it bounds the requests that wait for the response before theirs.
_PIECE_BYTES = 4096
# What the framing of one chunk may cost without counting as part of the head (RFC 9112, 7.1.1).
_CHUNK_FRAMING_BYTES = 16
_SLASH, _NUMBER_SIGN = b"/#"
# Differs from the Host of every request, also of one without it.
_NO_HOST = b" "


class BoundedHttpProtocol(AcceptingHttpProtocol):
    """Parses requests within limits, and refuses what httptools accepts against RFC 9112.

    `uvicorn app.main:app --http app.infrastructure.http_protocol:BoundedHttpProtocol`

    A refused request gets a problem document after the responses to earlier requests, and the
    connection is closed. Requests to upgrade are handled as if they did not ask for it
    (RFC 9110, 7.8), and trailer fields are dropped (RFC 9110, 6.5.1).
    """

    # Slots: with more than 30 attributes in its dictionary an object becomes slower.
    __slots__ = ("_checked_host", "_head_fields", "_ignores_upgrade")

    headers: list[tuple[bytes, bytes]]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.ws_protocol_class = None
        self._head_fields = 0
        self._ignores_upgrade = False
        self._checked_host = _NO_HOST

    # connection

    def data_received(self, data: bytes) -> None:
        is_large = self._framing_bytes + len(data) > _PIECE_BYTES
        if is_large or self._unread or self.pipeline or self._refusal:
            self._parse_in_pieces(data)
        elif self._known_head is None or not self._refuse_unparsed(data):
            self._parse(data)
            if self._refused_head:
                self._learn_head(data)
            if self._reads_head or self._discards_body:
                self._limit_arrival_time()
        if self._is_draining:
            self._end_with_last_request()

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._refusal is None:
            if self._unread:
                self._parse_unread()
            if self.client_has_finished and self._has_responded():
                self.transport.close()
        elif is_last:
            self._send_refusal(self._refusal)

    # parser callbacks

    def on_header(self, name: bytes, value: bytes) -> None:
        # uvicorn's own also looks for `Expect`; see on_headers_complete.
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._begin_without_upgrade()
            return
        headers = self.headers
        if self.url[0] != _SLASH or _NUMBER_SIGN in self.url:
            self.url = to_origin_form(self.url, headers)
        fields = dict(headers)
        is_ordinary = (
            len(headers) == len(fields) <= MAX_FIELDS
            and fields.get(b"host") == self._checked_host
            and b"transfer-encoding" not in fields
            and b"expect" not in fields
            and self.parser.get_http_version() in VERSIONS
        )
        if is_ordinary:
            super().on_headers_complete()
        else:
            self._begin_unusual_request(fields)

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        if not self._discards_body:
            super().on_body(body)

    def on_chunk_header(self) -> None:
        self._framing_bytes -= _CHUNK_FRAMING_BYTES

    def on_message_complete(self) -> None:
        if self._ignores_upgrade:
            return
        if self._head_fields:
            self._end_trailers()
        self._framing_bytes = 0
        if self._discards_body:
            self._end_discarded_body()
        else:
            super().on_message_complete()

    # parsing

    def _parse(self, data: bytes) -> None:
        self._framing_bytes += len(data)
        rest = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            self._refuse(refusal_in(error))
        # Not while an exception is handled: it would hide the context of another one.
        if rest is not None:
            self._parse_without_upgrade(rest)

    def _parse_in_pieces(self, data: bytes) -> None:
        if self._refusal is None:
            self._unread += data
            self._parse_unread()

    def _parse_unread(self) -> None:
        """Parse until a request has to wait for the response to an earlier one."""
        while self._unread and not (self.pipeline or self._refusal or self._is_resting):
            # A head is cut exactly at its limit.
            size = _PIECE_BYTES if self._in_body else MAX_HEAD_BYTES - self._framing_bytes
            piece = bytes(self._unread[: min(size, _PIECE_BYTES)])
            del self._unread[: len(piece)]
            self._parse(piece)
            self._refused_head = None
            self._refuse_large_head()
        if self._unread:
            self.flow.hold_reading()
        elif not self._is_resting:
            self.flow.release_reading()
            if self._reads_head or self._discards_body:
                self._limit_arrival_time()
        if self._is_draining:
            self._end_with_last_request()

    def _end_rest(self) -> None:
        super()._end_rest()
        self._parse_unread()

    def _parse_without_upgrade(self, rest: bytes) -> None:
        """Parse the head again; httptools reads no body after a request to upgrade."""
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        again = b"\r\n".join([*lines, b"", rest])
        self._framing_bytes -= len(again)
        self._ignores_upgrade = False
        self._replace_parser()
        self._parse(again)

    def _replace_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn does: what follows a request with `Connection: close` is no error.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _begin_unusual_request(self, fields: Mapping[bytes, bytes]) -> None:
        version = self.parser.get_http_version()
        check_headers(self.headers, version=version)
        self._checked_host = fields.get(b"host", _NO_HOST)
        self.expect_100_continue = version == "1.1" and b"expect" in fields
        super().on_headers_complete()
        # Trailer fields go to a list that is not used.
        self._head_fields = len(self.headers)
        self.headers = []

    def _begin_without_upgrade(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise RefusedRequestError(NO_TUNNEL)
        self._ignores_upgrade = True

    def _refuse_large_head(self) -> None:
        excess = self._framing_bytes - MAX_HEAD_BYTES
        is_large = excess > 0 or (excess == 0 and not self._in_body)
        if self._refusal is None and (is_large or len(self.headers or ()) > MAX_FIELDS):
            self._refuse(HEAD_TOO_LARGE)

    def _end_trailers(self) -> None:
        if self._head_fields + len(self.headers) > MAX_FIELDS:
            raise RefusedRequestError(HEAD_TOO_LARGE)
        self._head_fields = 0
