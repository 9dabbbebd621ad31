"""Turn Ctrl-C, SIGTERM and a closed terminal into an exception. Standard library only."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(BaseException):
    """A signal has arrived. A BaseException, so that no `except Exception` catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_status = 128 + number


def hold() -> None:
    """Keep signals pending, also in a program that replaces this one by `exec`.

    Otherwise Ctrl-C would print a traceback while modules are imported.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def raise_on_arrival() -> None:
    """Raise StopRequestedError on the first signal, also on a pending one; ignore all others.

    A signal that is ignored already stays so: `nohup` ignores the closing of the terminal.
    """
    handled = [each for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN]

    def raise_stop_requested(number: int, _frame: FrameType | None) -> None:
        for each in handled:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequestedError(number)

    for each in handled:
        signal.signal(each, raise_stop_requested)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Keep signals that arrive in the block until the given function is called.

    A process that is being started when the exception is raised would be left behind.
    """
    arrived: list[int] = []
    handlers = {each: handler for each in SIGNALS if callable(handler := signal.getsignal(each))}
    for each in handlers:
        signal.signal(each, lambda number, _frame: arrived.append(number))

    def deliver() -> None:
        while handlers:
            signal.signal(*handlers.popitem())
        if arrived:
            signal.raise_signal(arrived.pop())

    try:
        yield deliver
    finally:
        deliver()
