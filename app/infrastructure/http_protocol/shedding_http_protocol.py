import asyncio
from collections.abc import Mapping
from functools import lru_cache
from time import monotonic
from typing import ClassVar
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.admission.admission import Admission
from app.infrastructure.admission.refusal_budget import longer_rest
from app.infrastructure.http_protocol.admitting_http_protocol import AdmittingHttpProtocol
from app.infrastructure.http_protocol.known_head import KnownHead, read_known_head
from app.infrastructure.http_protocol.overload_response import OverloadResponse, received_id_in
from app.infrastructure.http_protocol.refusals import OVERLOADED, RETRY_AFTER, RefusedRequestError
from app.utils.http_methods import READ_METHODS

# A refused request with a larger body is not read to its end: the connection is closed.
_MAX_DISCARDED_BYTES = 65_536
_RETRY_SECONDS = int(RETRY_AFTER[1])
_QUICK_SECONDS = 0.05


@lru_cache(maxsize=32)  # few: a path may have 64 KB
def _decoded(raw_path: bytes) -> str:
    return unquote(raw_path.decode("latin-1"))


class SheddingHttpProtocol(AdmittingHttpProtocol):
    """Refuses a request that may neither run nor wait before anything is prepared for it.

    A request with the header fields of the last refused one is not even parsed.
    """

    overload_response: ClassVar[OverloadResponse] = OverloadResponse()

    __slots__ = (
        *("_discards_body", "_framing_bytes", "_is_resting", "_known_head", "_refused_at"),
        *("_refused_head", "_rest_seconds"),
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Bytes of the current request that are not its body.
        self._framing_bytes = 0
        # The response to the current request has been sent, and its body is still to come.
        self._discards_body = False
        self._refused_at = 0.0
        self._is_resting = False
        # Of the last rest; halved by each refusal after a pause.
        self._rest_seconds = 0.0
        self._known_head: KnownHead | None = None
        # Fields, caller and framing bytes of a request that was parsed and refused.
        self._refused_head: tuple[Mapping[bytes, bytes], str, int] | None = None

    def on_headers_complete(self) -> None:
        admission = self._admission
        if (
            admission is None
            or admission.running < admission.limit.value
            or not self._refuse_at_once(admission)
        ):
            super().on_headers_complete()

    def _refuse_at_once(self, admission: Admission) -> bool:
        """Refuse the request if it may neither run nor wait; returns whether it did."""
        path, query = self._path_and_query(self.url)
        if not (self._may_respond() and self._kinds.is_for_api(path)):
            return False
        fields = dict(self.headers)
        method = self.parser.get_method().decode()
        if self._kinds.is_brief(method, path, query, self.headers):
            return False
        caller = self._kinds.find_caller(self.scope, fields)
        if admission.has_place(caller, is_write=method not in READ_METHODS):
            return False
        if not self._stays_open(fields):
            admission.refuse()
            raise RefusedRequestError(OVERLOADED)
        self._reads_head = False
        self._cancel_closing()
        self._in_body = self._discards_body = True
        self._refused_head = fields, caller, self._framing_bytes
        self._send_overloaded(admission, method, path, received_id_in(fields))
        return True

    def _refuse_unparsed(self, data: bytes) -> bool:
        """Refuse a request whose header fields are known; returns whether it did."""
        admission, head = self._admission, self._known_head
        if admission is None or head is None or admission.may_run or self._is_draining:
            self._known_head = None
            return False
        if (request := self._recognise(head, data)) is None:
            return False
        method, path = request
        if admission.has_place(head.caller, is_write=method not in READ_METHODS):
            return False
        self._send_overloaded(admission, method, path, head.received_id)
        self._begin_idle_time()
        return True

    def _recognise(self, head: KnownHead, data: bytes) -> tuple[str, str] | None:
        """Return method and path if `data` is a request that does not pass in any case."""
        is_first = not (self._framing_bytes or self._in_body or self._closing)
        line = head.match(data) if is_first and self._may_respond() else None
        if line is None:
            return None
        method, target = line
        path, query = self._path_and_query(target)
        # Whether a cached response may be sent depends on the fields.
        passes = not self._kinds.is_for_api(path) or (
            method == "GET" and self._kinds.is_cached(path, query)
        )
        return None if passes else (method, path)

    def _learn_head(self, data: bytes) -> None:
        """Keep the header fields of a refused request if `data` begins with it."""
        if self._refused_head is not None:
            fields, caller, framing_bytes = self._refused_head
            self._refused_head = None
            # Otherwise an earlier request ends in `data`, or this one does not.
            if framing_bytes == len(data) and not (self._reads_head or self._discards_body):
                self._known_head = read_known_head(data, fields, caller)

    def _may_respond(self) -> bool:
        return self._has_responded() and not (self.pipeline or self.flow.write_paused)

    def _path_and_query(self, target: bytes) -> tuple[str, bytes]:
        raw_path, _, query = target.partition(b"?")
        return self.root_path + _decoded(raw_path), query

    def _send_overloaded(
        self, admission: Admission, method: str, path: str, received_id: bytes
    ) -> None:
        admission.refuse()
        self.server_state.total_requests += 1
        response = self.overload_response.render(
            path,
            received_id,
            has_body=method != "HEAD",
            default_headers=self.server_state.default_headers,
        )
        self.transport.write(response)
        self._record_overload(method)
        self._rest_if_repeating(admission)

    def _end_discarded_body(self) -> None:
        self._discards_body = self._in_body = False
        self._cancel_closing()
        self._begin_idle_time()

    def _stays_open(self, fields: Mapping[bytes, bytes]) -> bool:
        return (
            int(fields.get(b"content-length", 0)) <= _MAX_DISCARDED_BYTES
            and b"transfer-encoding" not in fields
            and not self.expect_100_continue
            and not self._is_draining
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
        )

    def _rest_if_repeating(self, admission: Admission) -> None:
        """Read the next request later if this one came sooner than Retry-After demanded."""
        now = monotonic()
        pause, self._refused_at = now - self._refused_at, now
        is_quick = pause < _QUICK_SECONDS
        if pause >= _RETRY_SECONDS or not admission.budget.is_exceeded(by_quick=is_quick):
            # Who never pauses would else soon repeat as often as before.
            if not is_quick:
                self._rest_seconds /= 2
        elif not self._is_resting:
            self._is_resting = True
            self._rest_seconds = longer_rest(self._rest_seconds)
            self.flow.pause_reading()
            self.loop.call_later(self._rest_seconds, self._end_rest)

    def _end_rest(self) -> None:
        self._is_resting = False
        # The rest is no pause of the client.
        self._refused_at = monotonic()
        if not self.transport.is_closing():
            self.flow.resume_reading()
