"""Substitutes for what POSIX offers and Windows does not."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from types import FrameType

logger = logging.getLogger(__name__)

# Text mode, the default of Windows, would change line ends in binary data.
BINARY_MODE: int = getattr(os, "O_BINARY", 0)
NO_SYMBOLIC_LINK: int = getattr(os, "O_NOFOLLOW", 0)
CLOSE_ON_EXEC: int = getattr(os, "O_CLOEXEC", 0)


def warn_of_missing_features() -> None:
    """Log one line on a platform that lacks something; nothing on Linux and macOS."""
    features = {
        "user IDs, so files in the temporary directory are not checked for their owner": hasattr(
            os, "geteuid"
        ),
        "limits of open files, so connections are limited by a constant": _has_resource(),
    }
    missing = [feature for feature, exists in features.items() if not exists]
    if missing:
        logger.warning("This platform has no %s", "; no ".join(missing))


def effective_user_id() -> int:
    """Return 0 on Windows, which also reports 0 as the owner of every file."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def soft_limit_of_open_files() -> int | None:
    """Return None if the process has no limit, or no way to read it."""
    if not _has_resource():
        return None
    import resource  # noqa: PLC0415 - does not exist on Windows

    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft_limit == resource.RLIM_INFINITY else soft_limit


def on_stop_signal(callback: Callable[[], object]) -> None:
    """Call `callback` in the running event loop on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()

    def call(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            # The event loops of Windows.
            signal.signal(number, call)


def interrupt_on_termination() -> None:
    """Treat SIGTERM and a closed terminal as Ctrl-C, which cleans up; `nohup` keeps its effect."""
    for name in ("SIGTERM", "SIGHUP"):
        # Windows has no SIGHUP.
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A command in the background of a shell script ignores Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def _has_resource() -> bool:
    try:
        import resource  # noqa: F401, PLC0415 - does not exist on Windows
    except ImportError:
        return False
    return True
