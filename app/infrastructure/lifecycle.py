import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Self


class Lifecycle:
    """Knows whether the process has been asked to stop."""

    def __init__(self) -> None:
        self.is_draining = False

    @classmethod
    @contextmanager
    def watching_signals(cls) -> Iterator[Self]:
        """Notice a stop signal before the server does, so that readiness ends at once."""
        lifecycle = cls()
        with ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                for number in (signal.SIGTERM, signal.SIGINT):
                    stack.enter_context(lifecycle._noticing(number))
            yield lifecycle

    @contextmanager
    def _noticing(self, number: signal.Signals) -> Iterator[None]:
        previous = signal.getsignal(number)

        def drain(received: int, frame: FrameType | None) -> None:
            self.is_draining = True
            if callable(previous):
                previous(received, frame)
            elif previous == signal.SIG_DFL:
                raise SystemExit(128 + received)

        signal.signal(number, drain)
        try:
            yield
        finally:
            signal.signal(number, previous)
