"""State of the process: serving requests, or draining after a stop signal."""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, Self

logger = logging.getLogger(__name__)


class Lifecycle:
    """`is_draining` becomes True when the process receives a stop signal."""

    def __init__(self) -> None:
        self.is_draining = False
        self._before_stop: Callable[[Callable[[], None]], object] | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    @contextmanager
    def watch_signals(cls) -> Iterator[Self]:
        """Handle stop signals before the server does, so that readiness ends at once."""
        lifecycle = cls()
        with ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                for number in (signal.SIGTERM, signal.SIGINT):
                    stack.enter_context(lifecycle._watch(number))
            yield lifecycle

    @contextmanager
    def await_before_stop(self, work: Callable[[], Awaitable[object]]) -> Iterator[None]:
        """Pass on the first stop signal after `work`; others during it are ignored.

        A supervisor repeats the signal that a whole process group has received.
        """
        loop = asyncio.get_running_loop()

        async def finish(stop: Callable[[], None]) -> None:
            try:
                await work()
            except Exception:
                logger.exception("Connections may be lost")
            finally:
                self._before_stop = None
                stop()

        def begin(stop: Callable[[], None]) -> None:
            self._task = loop.create_task(finish(stop))

        self._before_stop = lambda stop: loop.call_soon_threadsafe(begin, stop)
        try:
            yield
        finally:
            self._before_stop = None

    @contextmanager
    def _watch(self, number: signal.Signals) -> Iterator[None]:
        previous = signal.getsignal(number)

        def stop(received: int, frame: FrameType | None) -> None:
            if callable(previous):
                previous(received, frame)
            elif previous == signal.SIG_DFL:
                raise SystemExit(128 + received)

        def drain(received: int, frame: FrameType | None) -> None:
            is_first, self.is_draining = not self.is_draining, True
            if self._before_stop is None:
                stop(received, frame)
            elif is_first:
                self._before_stop(lambda: stop(received, frame))

        signal.signal(number, drain)
        try:
            yield
        finally:
            signal.signal(number, previous)


def lifecycle_in(app_state: Mapping[str, Any]) -> Lifecycle:
    """Return the lifecycle among the resources of an application; one that lasts without any."""
    resources = app_state.get("resources")
    lifecycle: Lifecycle = Lifecycle() if resources is None else resources.lifecycle
    return lifecycle
