"""Start, find and stop child processes by pid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("die_with_parent.py")


class ServerError(Exception):
    """A private server did not start or stop; the message says why in a few lines."""


def guarded(
    command: Sequence[str], *, user: str | None = None, at_exit: signal.Signals = signal.SIGTERM
) -> list[str]:
    """Wrap a command (absolute path first): it gets `at_exit` when this process dies."""
    return [
        *(sys.executable, "-I", "-S", str(_GUARD)),
        *(str(os.getpid()), str(int(at_exit)), user or "-"),
        *command,
    ]


def wait_until(
    ready: Callable[[], bool], *, process: subprocess.Popen[bytes], seconds: float, log: Path | None
) -> None:
    """Raise ServerError, with the end of the log, if the process exits or takes too long."""
    name = log.stem if log else "the service"
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise ServerError(f"{name} exited with status {process.returncode}\n{tail(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{name} was not ready after {seconds:.0f} s\n{tail(log)}")
        time.sleep(0.01)


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals, seconds: float) -> None:
    """Signal and wait; a frozen process is woken, one that ignores it is killed."""
    if process.poll() is None:
        process.send_signal(by)
        process.send_signal(signal.SIGCONT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_present(pid: int) -> bool:
    """Return whether the pid is taken, be it by a zombie (always False where there is no /proc)."""
    return Path(f"/proc/{pid}").exists()


def command_line(pid: int) -> list[bytes]:
    """Return the arguments of a live process; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def directory_of(pid: int) -> Path | None:
    """Return where a live process stands; None if it cannot be known."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def open_log(path: Path) -> IO[bytes]:
    return path.open("ab")


def tail(log: Path | None, lines: int = 8) -> str:
    text = log.read_text(errors="replace") if log and log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
