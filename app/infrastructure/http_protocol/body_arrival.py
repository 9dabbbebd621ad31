"""Do not count a request as running while its client still sends the body."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.exceptions.base import OverloadedError
from app.infrastructure.admission.admission import Admission


class BodyArrival:
    """Application that runs one admitted write.

    While it waits for the body, other requests run: clients on slow links would keep them waiting.
    With the complete body it goes on, waits in the line, or receives an OverloadedError.
    """

    __slots__ = ("_admission", "_app", "_cycle", "_identify", "_receive", "is_counted")

    _receive: ASGIReceiveCallable

    def __init__(
        self,
        app: ASGI3Application,
        cycle: RequestResponseCycle,
        admission: Admission,
        identify: Callable[[], str],
    ) -> None:
        self._app = app
        self._cycle = cycle
        self._admission = admission
        self._identify = identify
        # Whether it is one of those that run.
        self.is_counted = True

    def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> Awaitable[None]:
        self._receive = receive
        return self._app(scope, self._receive_body, send)

    async def _receive_body(self) -> ASGIReceiveEvent:
        if self.is_counted and self._cycle.more_body:
            self.is_counted = False
            self._admission.pause()
        message = await self._receive()
        is_complete = message["type"] == "http.request" and not message["more_body"]
        if is_complete and not self.is_counted:
            await self._return()
        return message

    async def _return(self) -> None:
        admission = self._admission
        if admission.may_run:
            self._count()
            return
        caller = self._identify()
        if not admission.has_place(caller, is_write=True):
            admission.refuse()
            raise OverloadedError
        turn = asyncio.get_running_loop().create_future()
        admission.wait(
            caller,
            is_write=True,
            run=partial(self._continue, turn),
            refuse=partial(self._refuse, turn),
        )
        await turn

    def _continue(self, turn: asyncio.Future[None]) -> None:
        if self._cycle.disconnected:
            self._refuse(turn)
        elif not turn.done():
            self._count()
            turn.set_result(None)

    def _refuse(self, turn: asyncio.Future[None]) -> None:
        # It is done if the application has ended before.
        if not turn.done():
            self._admission.refuse()
            turn.set_exception(OverloadedError())

    def _count(self) -> None:
        self._admission.running += 1
        self.is_counted = True
