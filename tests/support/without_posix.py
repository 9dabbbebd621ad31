"""Run uvicorn or the command line without what Windows lacks.

Usage: python -m tests.support.without_posix uvicorn|cli ARGUMENTS
"""

import asyncio
import os
import signal
import sys
from typing import Any

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "uvloop", "_posixshmem")
OS_NAMES = ("fork", "forkpty", "geteuid", "getegid", "getgid", "getuid", "killpg", "setsid")
OS_FLAGS = ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK")
SIGNALS = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGXFSZ")


def hide_posix() -> None:
    """Hide modules, functions, flags and signals that Windows does not have."""
    for module in MODULES:
        sys.modules[module] = None  # type: ignore[assignment]
    for name in (*OS_NAMES, *OS_FLAGS):
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    asyncio.SelectorEventLoop.add_signal_handler = _not_implemented  # type: ignore[method-assign, assignment]


def _not_implemented(*_: Any) -> None:
    raise NotImplementedError


def run(program: str) -> None:
    if program == "uvicorn":
        from uvicorn.main import main as uvicorn  # noqa: PLC0415 - after hiding

        uvicorn()
    else:
        from app.cli import main  # noqa: PLC0415 - after hiding
        from tests.support.service import DOMAINS  # noqa: PLC0415 - after hiding

        main(DOMAINS)


if __name__ == "__main__":
    hide_posix()
    run(sys.argv.pop(1))
