import asyncio
from collections.abc import Callable, Mapping
from contextvars import Context
from functools import partial
from time import monotonic, perf_counter
from typing import ClassVar, cast
from urllib.parse import unquote

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.infrastructure.admission.admission import Admission
from app.infrastructure.http_protocol.overload_response import OverloadResponse, respond_overloaded
from app.infrastructure.http_protocol.refusals import OVERLOADED, RETRY_AFTER, RefusedRequestError
from app.infrastructure.http_protocol.refusing_http_protocol import RefusingHttpProtocol
from app.infrastructure.http_protocol.request_kinds import RequestKinds
from app.infrastructure.resources import Resources
from app.utils.http_methods import READ_METHODS

# A refused request with a larger body is not read to its end: the connection is closed.
_MAX_DISCARDED_BYTES = 65_536
_RETRY_SECONDS = int(RETRY_AFTER[1])
_QUICK_SECONDS = 0.05


class AdmittingHttpProtocol(RefusingHttpProtocol):
    """Lets requests to /api wait, or refuses them, while the process is busy.

    Requests that need no dependency pass: those of health, and those for cached responses.
    """

    overload_response: ClassVar[OverloadResponse] = OverloadResponse()

    __slots__ = ("_admission", "_discards_body", "_is_resting", "_kinds", "_refused_at")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._admission: Admission | None = None
        resources = cast("Resources | None", app_state.get("resources"))
        if resources is not None:
            self._admission = resources.admission
            self._kinds = RequestKinds(resources, root_path=self.root_path)
        # The response to the current request has been sent, and its body is still to come.
        self._discards_body = False
        self._refused_at = 0.0
        self._is_resting = False

    # parser callbacks

    def on_headers_complete(self) -> None:
        admission = self._admission
        if (
            admission is None
            or admission.running < admission.limit.value
            or not self._refuse_at_once(admission)
        ):
            super().on_headers_complete()

    # admission

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        admission = self._admission
        self._running = cycle
        if admission is None:
            super()._start_asgi_task(cycle, app)
        elif admission.running < admission.limit.value:
            self._run(admission, cycle, app)
        else:
            self._run_or_wait(admission, cycle, app)

    def _run(
        self, admission: Admission, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        admission.running += 1
        self._start_task(cycle, app, self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if self._admission is not None:
            self._admission.end()

    def _run_brief(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._start_task(cycle, app, self._end_brief)

    def _end_brief(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if self._admission is not None:
            self._admission.brief.leave()

    def _start_task(
        self,
        cycle: RequestResponseCycle,
        app: ASGI3Application,
        end: Callable[[asyncio.Task[None]], None],
    ) -> None:
        """Do what uvicorn's `_start_asgi_task` does, but call `end` instead of its own callback.

        A coroutine around the application would cost more.
        """
        context = Context() if self.config.reset_contextvars else None
        task = self.loop.create_task(cycle.run_asgi(app), context=context)
        self.tasks.add(task)
        task.add_done_callback(end)

    def _run_or_wait(
        self, admission: Admission, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        scope = cycle.scope
        if not self._kinds.is_for_api(scope["path"]):
            super()._start_asgi_task(cycle, app)
            return
        if self._kinds.is_cached(scope["path"], scope["query_string"]):
            admission.brief.enter(partial(self._run_brief, cycle, app))
            return
        is_write = scope["method"] not in READ_METHODS
        caller = self._kinds.find_caller(scope, dict(scope["headers"]))
        scope["arrived_at"] = perf_counter()  # type: ignore[typeddict-unknown-key]
        if admission.has_place(caller, is_write=is_write):
            admission.wait(
                caller,
                is_write=is_write,
                run=partial(self._run_unless_left, admission, cycle, app),
                refuse=partial(self._refuse_cycle, admission, cycle),
            )
        else:
            self._refuse_cycle(admission, cycle)

    def _run_unless_left(
        self, admission: Admission, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        # A half-closed connection may be one that the client has left; a refusal costs little.
        if self.client_has_finished:
            self._refuse_cycle(admission, cycle)
        elif not cycle.disconnected:
            self._run(admission, cycle, app)

    def _refuse_cycle(self, admission: Admission, cycle: RequestResponseCycle) -> None:
        if not cycle.disconnected:
            admission.refuse()
            self._record_overload(cycle.scope["method"], since=cycle.scope["arrived_at"])  # type: ignore[typeddict-item]
            super()._start_asgi_task(cycle, respond_overloaded)

    def _record_overload(self, method: str, *, since: float) -> None:
        if self._requests is not None:
            seconds = perf_counter() - since
            self._requests.record_refusal(method, OVERLOADED.status, seconds=seconds)

    # refusal before anything is prepared for the request

    def _refuse_at_once(self, admission: Admission) -> bool:
        """Refuse the request if it may neither run nor wait; returns whether it did."""
        if not self._has_responded() or self.pipeline or self.flow.write_paused:
            return False
        target, _, query = self.url.partition(b"?")
        path = self.root_path + unquote(target.decode("latin-1"))
        if not self._kinds.is_for_api(path) or self._kinds.is_cached(path, query):
            return False
        fields = dict(self.headers)
        method = self.parser.get_method().decode()
        caller = self._kinds.find_caller(self.scope, fields)
        if admission.has_place(caller, is_write=method not in READ_METHODS):
            return False
        admission.refuse()
        if not self._stays_open(fields):
            raise RefusedRequestError(OVERLOADED)
        self._reads_head = False
        self._cancel_closing()
        self._in_body = self._discards_body = True
        self.server_state.total_requests += 1
        response = self.overload_response.render(
            path,
            fields,
            has_body=method != "HEAD",
            default_headers=self.server_state.default_headers,
        )
        self.transport.write(response)
        self._record_overload(method, since=perf_counter())
        self._rest_if_repeating(admission)
        return True

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
        if pause < _RETRY_SECONDS and admission.budget.is_exceeded(by_quick=pause < _QUICK_SECONDS):
            self._is_resting = True
            self.flow.pause_reading()
            admission.budget.rest(self._end_rest)

    def _end_rest(self) -> None:
        self._is_resting = False
        # The rest is no pause of the client.
        self._refused_at = monotonic()
        if not self.transport.is_closing():
            self.flow.resume_reading()
