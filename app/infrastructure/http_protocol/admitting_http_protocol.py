import asyncio
from collections.abc import Callable
from contextvars import Context
from functools import partial
from time import perf_counter
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.infrastructure.admission.admission import Admission
from app.infrastructure.http_protocol.body_arrival import BodyArrival
from app.infrastructure.http_protocol.overload_response import respond_overloaded
from app.infrastructure.http_protocol.refusals import OVERLOADED
from app.infrastructure.http_protocol.refusing_http_protocol import RefusingHttpProtocol
from app.infrastructure.http_protocol.request_kinds import RequestKinds
from app.infrastructure.resources import Resources
from app.utils.http_methods import READ_METHODS


class AdmittingHttpProtocol(RefusingHttpProtocol):
    """Lets requests to /api wait while the process is busy.

    Requests that need no dependency pass: those of health, and brief ones.
    """

    __slots__ = ("_admission", "_kinds", "_postponed")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._admission: Admission | None = None
        # Begins when the client has read earlier responses.
        self._postponed: tuple[RequestResponseCycle, ASGI3Application] | None = None
        resources = cast("Resources | None", app_state.get("resources"))
        if resources is not None:
            self._admission = resources.admission
            self._kinds = RequestKinds(resources, root_path=self.root_path)

    def connection_lost(self, exc: Exception | None) -> None:
        self._postponed = None
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        postponed, self._postponed = self._postponed, None
        if postponed is not None and not postponed[0].disconnected:
            self._start_asgi_task(*postponed)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        admission = self._admission
        self._running = cycle
        if self.flow.write_paused:
            # It would run until the client reads, and keep others waiting.
            self._postponed = cycle, app
        elif admission is None:
            super()._start_asgi_task(cycle, app)
        elif admission.running < admission.limit.value:
            self._run(admission, cycle, app)
        else:
            self._run_or_wait(admission, cycle, app)

    def _run(
        self, admission: Admission, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        admission.running += 1
        if not cycle.more_body or cycle.scope["method"] in READ_METHODS:
            self._start_task(cycle, app, self._end)
            return
        arrival = BodyArrival(app, cycle, admission, partial(self._find_caller, cycle))
        self._start_task(cycle, arrival, partial(self._end_write, arrival))

    def _end(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if self._admission is not None:
            self._admission.end()

    def _end_write(self, arrival: BodyArrival, task: asyncio.Task[None]) -> None:
        if arrival.is_counted:
            self._end(task)
        else:
            self.tasks.discard(task)

    def _find_caller(self, cycle: RequestResponseCycle) -> str:
        return self._kinds.find_caller(cycle.scope, dict(cycle.scope["headers"]))

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
        method, headers = scope["method"], list(scope["headers"])
        if self._kinds.is_brief(method, scope["path"], scope["query_string"], headers):
            admission.brief.enter(partial(self._run_brief, cycle, app))
            return
        is_write = method not in READ_METHODS
        caller = self._kinds.find_caller(scope, dict(headers))
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
            seconds = perf_counter() - cycle.scope["arrived_at"]  # type: ignore[typeddict-item]
            self._record_overload(cycle.scope["method"], seconds=seconds)
            super()._start_asgi_task(cycle, respond_overloaded)

    def _record_overload(self, method: str, *, seconds: float = 0.0) -> None:
        if self._requests is not None:
            self._requests.record_refusal(method, OVERLOADED.status, seconds=seconds)
