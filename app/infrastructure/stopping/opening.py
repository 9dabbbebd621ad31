import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

from app.infrastructure.lifecycle import Lifecycle


@contextmanager
def accept_until_stopped(
    lifecycle: Lifecycle, *, excluded_inodes: Callable[[], Collection[int]] = tuple
) -> Iterator[None]:
    """Lose no connection on a stop signal; sockets with `excluded_inodes` are left alone.

    Only on Linux, and not for sockets of systemd, which keeps what arrives for the next process.
    """
    if sys.platform != "linux" or "LISTEN_FDS" in os.environ:
        yield
        return
    try:
        # Its modules can be imported only on Linux, with what POSIX offers.
        from app.infrastructure.stopping.accepting import Accepting  # noqa: PLC0415
    except ImportError:
        yield
        return

    accepting = Accepting(excluded_inodes=excluded_inodes)
    # A kernel without locks on sockets: the server closes them as it always does.
    with suppress(OSError):
        accepting.join()
    try:
        with lifecycle.await_before_stop(accepting.stop):
            yield
    finally:
        accepting.leave()
